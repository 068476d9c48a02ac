/** Mock, docs and contract checks call each operation with the values that the document gives. */
import { child, isObject, type Rule } from "./redocly.ts";
import { allowsType, branches, listedValues } from "./schemas.ts";

export const parameterHasExample: Rule = () => ({
  Parameter(node, { location, resolve, report }) {
    if (!isObject(node)) return;
    // A parameter with `content` has its examples there, where rule/json-body-has-schema-and-examples asks for them.
    if (["example", "examples", "content"].some((key) => node[key] !== undefined)) return;
    const schema = child({ node, location }, "schema");
    const values = branches(schema, resolve).flatMap((branch) => [branch, child(branch, "items")]);
    const isKnown = values.some(
      (value) => listedValues(value, resolve).length > 0 || allowsType(value, "boolean", resolve),
    );
    if (!isKnown) report({ message: "A parameter has an example, or a schema that lists its values", location });
  },
});
