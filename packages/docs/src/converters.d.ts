/** The part of @usebruno/converters, which has no declarations, that the site uses. */
declare module "@usebruno/converters" {
  export function openApiToBruno(document: object, options: { groupBy: "tags" | "path" }): Promise<unknown>;
}
