/** Base of everything that this package throws on purpose. `cause` holds the original error where there is one. */
export class ArtifetchError extends Error {
  override readonly name: string = "ArtifetchError";
}
