export { toHtml } from "./html.ts";
export { type JsonBody, type JsonFinding, type JsonReport, toJson } from "./json.ts";
export { toJUnit } from "./junit.ts";
export { createProgress, type Progress, type ProgressStream } from "./progress.ts";
export type { ReportInput } from "./rows.ts";
export { toArtifactUri, toSarif } from "./sarif.ts";
export { createStyle, type Style, type TerminalOptions, toTerminal } from "./terminal.ts";
export {
  checkReportTargets,
  parseReportTargets,
  ReportError,
  type ReportFormat,
  type ReportTarget,
  reportFormats,
  writeReports,
} from "./write.ts";
