import type { ClientOptions, UntypedApi } from "@artifetch/client";

/** The client of an API that is known by its name only. */
export async function createClient(api: string, options: ClientOptions): Promise<UntypedApi> {
  const module: Record<string, unknown> = await import(`@artifetch/client/${api}`);
  const [, create] = Object.entries(module).find(([name]) => name.startsWith("create")) ?? [];
  // Every factory takes these options and makes one method per operation.
  return (create as (options: ClientOptions) => UntypedApi)(options);
}
