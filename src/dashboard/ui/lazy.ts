import { useEffect, useState } from "preact/hooks";

const loaded = new Map<string, unknown>();

/**
 * Code that comes only with the page that needs it; null until it is there. Code that cannot be had (another version was deployed meanwhile)
 * is a fault of the page, whose face offers to load it again.
 */
export function useLazy<Module>(name: string, load: () => Promise<Module>): Module | null {
  const [module, setModule] = useState<Module | null>(() => (loaded.get(name) as Module | undefined) ?? null);
  useEffect(() => {
    if (module !== null) return;
    load().then(
      (found) => {
        loaded.set(name, found);
        setModule(() => found);
      },
      (error: unknown) =>
        setModule(() => {
          throw error;
        }),
    );
  }, []);
  return module;
}
