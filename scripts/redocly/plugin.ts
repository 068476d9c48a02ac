/**
 * Rules that Redocly's own rules and assertions cannot express; redocly.yaml turns them on.
 *
 * TypeScript works here because the workspace runs its tools with a Node that strips types.
 */
import * as extensions from "./extensions.ts";
import * as files from "./files.ts";
import { linkCanBeFollowed } from "./links.ts";
import { parameterHasExample } from "./parameters.ts";

export default function plugin() {
  return {
    id: "artifetch",
    rules: {
      oas3: {
        "component-file-is-no-reference": files.componentFileIsNoReference,
        "component-file-name-is-unique": files.componentFileNameIsUnique,
        "extension-is-in-readme": extensions.extensionIsInReadme,
        "file-is-named-for-its-content": files.fileIsNamedForItsContent,
        "file-is-used": files.fileIsUsed,
        "generations-cover-paths": extensions.generationsCoverPaths,
        "inferred-gives-a-reason": extensions.inferredGivesAReason,
        "job-states-fit-enum": extensions.jobStatesFitEnum,
        "link-can-be-followed": linkCanBeFollowed,
        "pagination-fits-operation": extensions.paginationFitsOperation,
        "parameter-has-example": parameterHasExample,
        "ref-names-a-whole-file": files.refNamesAWholeFile,
        "sources-are-texts": extensions.sourcesAreTexts,
      },
    },
  };
}
