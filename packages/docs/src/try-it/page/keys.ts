/** Where keys are kept: in this tab, until it is closed or they are forgotten; never in a URL, a cookie or on disk for longer. */

const storageKey = "artifetch.keys";

type Kept = Record<string, Record<string, string>>;

export interface Keys {
  /** By security scheme; empty where nothing was kept. A key belongs to an origin and is never sent to another. */
  read(api: string, baseUrl: string): Record<string, string>;
  write(api: string, baseUrl: string, credentials: Readonly<Record<string, string>>): void;
  /** Forgets the keys of every API and origin. */
  clear(): void;
}

/** @param storage undefined where the browser allows none: then keys live as long as the page. */
export function createKeys(storage: Pick<Storage, "getItem" | "setItem" | "removeItem"> | undefined): Keys {
  let kept = readKept(storage?.getItem(storageKey) ?? null);
  const toName = (api: string, baseUrl: string) => `${api} ${new URL(baseUrl).origin}`;
  return {
    read: (api, baseUrl) => ({ ...kept[toName(api, baseUrl)] }),
    write(api, baseUrl, credentials) {
      kept = { ...kept, [toName(api, baseUrl)]: { ...credentials } };
      storage?.setItem(storageKey, JSON.stringify(kept));
    },
    clear() {
      kept = {};
      storage?.removeItem(storageKey);
    },
  };
}

/** What someone else has put there is not ours to stumble over. */
function readKept(text: string | null): Kept {
  try {
    return { ...(JSON.parse(text ?? "{}") as Kept) };
  } catch {
    return {};
  }
}
