import { DAY_MS, dayOf } from "../../../src/domain/time.ts";
import { type Random, randomOf } from "./random.ts";
import { type Story, storyShares, turnRange } from "./stories.ts";

export type Customer = {
  readonly index: number;
  readonly id: string;
  readonly name: string;
  readonly domain: string;
  readonly story: Story;
  readonly turnDaysAgo: number;
  readonly owner: string;
  readonly team: keyof typeof currencies;
  readonly segment: "smb" | "mid_market" | "enterprise";
  readonly plan: "starter" | "growth" | "enterprise";
  readonly lifecycleStage: string;
  readonly seats: number;
  readonly slaHours: number;
  readonly cadenceDays: number;
  readonly entitledFeatures: readonly string[];
  readonly arrMinor: number;
  readonly contractStart: string;
  readonly renewalDate: string;
  readonly organizationId: string;
};

export const accountsTotal = 200;
export const coreFeatures = [
  "Report Created",
  "Dashboard Shared",
  "Export Run",
  "Alert Configured",
  "Workflow Automated",
  "Integration Connected",
] as const;
export const otherFeatures = ["Comment Added", "Filter Saved", "Theme Changed", "Search Run"] as const;

/** Each team sells in the currency of its part of the world. */
const currencies = { EMEA: "EUR", Americas: "USD", APAC: "JPY" } as const;

const owners = [
  { owner: "ines.carvalho@northlight.example", team: "EMEA" },
  { owner: "tom.becker@northlight.example", team: "EMEA" },
  { owner: "aiko.mori@northlight.example", team: "APAC" },
  { owner: "grace.obi@northlight.example", team: "Americas" },
  { owner: "luis.ortega@northlight.example", team: "Americas" },
  { owner: "maya.klein@northlight.example", team: "EMEA" },
] as const;

const first = [
  "Alder",
  "Basalt",
  "Cobalt",
  "Delta",
  "Ember",
  "Fjord",
  "Granite",
  "Harbor",
  "Iris",
  "Juniper",
  "Kestrel",
  "Linden",
  "Meridian",
  "Nimbus",
  "Orchard",
  "Pioneer",
  "Quarry",
  "Ridge",
  "Saffron",
  "Tundra",
];
const second = ["Analytics", "Bank", "Foods", "Freight", "Health", "Insurance", "Labs", "Media", "Robotics", "Systems"];

const sizes = {
  smb: { plan: "starter", seats: [8, 20], slaHours: 48, cadenceDays: 21, entitled: 5, perSeatMinor: 24_000 },
  mid_market: { plan: "growth", seats: [22, 50], slaHours: 24, cadenceDays: 14, entitled: 6, perSeatMinor: 36_000 },
  enterprise: { plan: "enterprise", seats: [55, 95], slaHours: 8, cadenceDays: 7, entitled: 6, perSeatMinor: 48_000 },
} as const;

/**
 * The customers, the same for the same seed and day of beginning; stories are spread over sizes and owners.
 *
 * @param total more than the demo's 200 make a company of the same kind that is so many times as large
 */
export function customersOf(seed: number, originMs: number, total: number = accountsTotal): readonly Customer[] {
  const stories = storyShares.flatMap(({ story, accounts }) => Array.from({ length: accounts }, () => story));
  return Array.from({ length: total }, (_, index) => customerOf(seed, originMs, index, stories[(index * 73) % accountsTotal] as Story));
}

/** Those beyond the first 200 have the same names with a number. */
export function nameOf(index: number): string {
  const at = index % accountsTotal;
  const name = `${first[at % first.length] as string} ${second[Math.floor(at / first.length)] as string}`;
  return index < accountsTotal ? name : `${name} ${Math.floor(index / accountsTotal) + 1}`;
}

function customerOf(seed: number, originMs: number, index: number, story: Story): Customer {
  const random = randomOf(seed, `customer/${index}`);
  const name = nameOf(index);
  const id = name.toLowerCase().replaceAll(" ", "-");
  const segment = random.pick(["smb", "smb", "smb", "mid_market", "mid_market", "enterprise"] as const);
  const {
    plan,
    seats: [low, high],
    slaHours,
    cadenceDays,
    entitled,
    perSeatMinor,
  } = sizes[segment];
  const seats = random.between(low, high);
  const [turnFrom, turnTo] = turnRange[story];
  return {
    index,
    id,
    name,
    domain: `${id}.example`,
    story,
    turnDaysAgo: random.between(turnFrom, turnTo),
    ...random.pick(owners),
    segment,
    plan,
    lifecycleStage: random.pick(["adopted", "adopted", "expanding"]),
    seats,
    slaHours,
    cadenceDays,
    entitledFeatures: coreFeatures.slice(0, entitled),
    arrMinor: seats * perSeatMinor,
    ...contractOf(random, originMs, story),
    organizationId: String(8_400_000_000_000 + index * 7_919),
  };
}

/** A year from the start to the renewal; who leaves usually does it near the renewal. */
function contractOf(random: Random, originMs: number, story: Story): { contractStart: string; renewalDate: string } {
  const renewsInDays = story === "churning" || story === "silent" ? random.between(20, 90) : random.between(30, 330);
  const date = (day: number): string => new Date(day * DAY_MS).toISOString().slice(0, 10);
  const renewal = dayOf(originMs) + renewsInDays;
  return { contractStart: date(renewal - 365), renewalDate: date(renewal) };
}

const givenNames = ["ana", "ben", "chloe", "dev", "elif", "finn", "gita", "hugo", "ida", "jon", "kim", "lea", "max", "nora", "omar", "pia"];

export type Person = { readonly id: string; readonly email: string; readonly name: string };
export function personOf(customer: Customer, number: number): Person {
  const given = givenNames[number % givenNames.length] as string;
  const mailbox = number < givenNames.length ? given : `${given}${Math.floor(number / givenNames.length) + 1}`;
  return {
    id: `${customer.id}-u${number}`,
    email: `${mailbox}@${customer.domain}`,
    name: `${given[0]?.toUpperCase()}${given.slice(1)} ${customer.name.split(" ")[0]}`,
  };
}

export const currencyOf = ({ team }: Customer): string => currencies[team];

const rateDays = 120;

/** Invented rates of exchange up to a day, for `PUT fx-rates`: none on weekends, as banks tell none then. */
export function ratesCsv(untilMs: number): string {
  const days = Array.from({ length: rateDays }, (_, i) => dayOf(untilMs) - i).filter((day) => (day + 3) % 7 < 5);
  const wave = (day: number, around: number): string => (around * (1 + 0.02 * Math.sin(day / 17))).toFixed(4);
  const rows = days.map((day) => [new Date(day * DAY_MS).toISOString().slice(0, 10), wave(day, 1.09), wave(day, 163)].join(","));
  return `${["Date,USD,JPY", ...rows].join("\n")}\n`;
}

/** The table that the demo imports through `POST accounts/import`. */
export function customersCsv(customers: readonly Customer[]): string {
  const rows = customers.map((customer) => [
    customer.id,
    customer.name,
    customer.domain,
    customer.organizationId,
    customer.owner,
    customer.team,
    customer.segment,
    customer.plan,
    customer.lifecycleStage,
    customer.seats,
    customer.slaHours,
    customer.cadenceDays,
    coreFeatures.join(";"),
    customer.entitledFeatures.join(";"),
    customer.arrMinor,
    currencyOf(customer),
    customer.contractStart,
    customer.renewalDate,
  ]);
  const header =
    "id,name,domains,externalIds.zendesk,owner,team,segment,plan,lifecycleStage,seats,slaHours,cadenceDays,coreFeatures,entitledFeatures,arr,currency,contractStart,renewalDate";
  return `${[header, ...rows.map((row) => row.join(","))].join("\n")}\n`;
}
