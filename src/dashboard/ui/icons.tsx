/** 16 × 16 line icons. They say nothing alone: each stands beside its word, so assistive technology skips them. */
const paths = {
  portfolio: "M2.5 4h11M2.5 8h11M2.5 12h7",
  usage: "M2.5 13.5h11M4 11V8M8 11V3M12 11V6",
  sources: "M2 8h3l2-5 3 10 2-5h2",
  dead: "M2.5 9.5h3l1 2h3l1-2h3M2.5 9.5v3h11v-3l-2-6h-7z",
  settings: "M2.5 5h6M11.5 5h2M2.5 11h2M7.5 11h6M10 3.2v3.6M6 9.2v3.6",
  start: "M8 2.5v11M2.5 8h11",
  search: "M7 11.5a4.5 4.5 0 1 0 0-9 4.5 4.5 0 0 0 0 9zM10.5 10.5 14 14",
  check: "M3 8.5 6.5 12 13 4.5",
  copy: "M5.5 5.5v-3h8v8h-3M2.5 5.5h8v8h-8z",
  download: "M8 2.5v8M4.5 7.5 8 11l3.5-3.5M2.5 13.5h11",
  columns: "M2.5 2.5h11v11h-11zM6.2 2.5v11M9.8 2.5v11",
  back: "M9.5 3.5 5 8l4.5 4.5",
  chevron: "M6 3.5 10.5 8 6 12.5",
  close: "M3.5 3.5l9 9M12.5 3.5l-9 9",
  sort: "M8 3v10M4.5 9.5 8 13l3.5-3.5",
  sortUp: "M8 13V3M4.5 6.5 8 3l3.5 3.5",
  refresh: "M13 8a5 5 0 1 1-1.5-3.5M13 2.5v3h-3",
  pause: "M5.5 3v10M10.5 3v10",
  play: "M5 3l8 5-8 5z",
  out: "M6.5 2.5h-4v11h4M10 5l3 3-3 3M13 8H6",
  help: "M6 6a2 2 0 1 1 2.7 1.9c-.5.2-.7.6-.7 1.1v.5M8 12v.01M8 14.5a6.5 6.5 0 1 0 0-13 6.5 6.5 0 0 0 0 13z",
  healthy: "M8 14.5a6.5 6.5 0 1 0 0-13 6.5 6.5 0 0 0 0 13zM5 8.3l2.1 2.1L11 6",
  watch: "M1.5 8S4 3.8 8 3.8 14.5 8 14.5 8 12 12.2 8 12.2 1.5 8 1.5 8zM8 9.6a1.6 1.6 0 1 0 0-3.2 1.6 1.6 0 0 0 0 3.2z",
  at_risk: "M8 2 15 14H1zM8 6.5v3.2M8 11.8v.01",
  critical: "M5.2 1.5h5.6l3.7 3.7v5.6l-3.7 3.7H5.2l-3.7-3.7V5.2zM8 4.6v4.2M8 11.2v.01",
  not_enough_data: "M8 14.5a6.5 6.5 0 1 0 0-13 6.5 6.5 0 0 0 0 13zM5 8h6",
  late: "M8 14.5a6.5 6.5 0 1 0 0-13 6.5 6.5 0 0 0 0 13zM8 4.5V8l2.5 2",
  alert: "M8 2 15 14H1zM8 6.5v3.2M8 11.8v.01",
  link: "M6.5 9.5l3-3M7 4.5l1.3-1.3a3 3 0 0 1 4.3 4.3L11.3 8.8M9 11.5l-1.3 1.3a3 3 0 0 1-4.3-4.3L4.7 7.2",
} as const;

export type IconName = keyof typeof paths;

export function Icon({ name }: { name: IconName }) {
  return (
    <svg class="icon" viewBox="0 0 16 16" width="16" height="16" aria-hidden="true" focusable="false">
      <path d={paths[name]} />
    </svg>
  );
}
