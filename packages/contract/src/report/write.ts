/** Writes reports to files: `--report FORMAT=FILE`. */
import { randomUUID } from "node:crypto";
import { access, constants, readFile, realpath, rename, rm, stat, writeFile } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { toHtml } from "./html.ts";
import { toJson } from "./json.ts";
import { toJUnit } from "./junit.ts";
import type { ReportInput } from "./rows.ts";
import { toArtifactUri, toSarif } from "./sarif.ts";

const formats = {
  html: toHtml,
  json: toJson,
  junit: toJUnit,
  sarif: (input: ReportInput) => toSarif(input, toArtifactUri(input.source)),
} as const;

export type ReportFormat = keyof typeof formats;

export const reportFormats = Object.keys(formats) as ReportFormat[];

export interface ReportTarget {
  format: ReportFormat;
  file: string;
}

/** A report that cannot be written where it was asked for. The message is complete. */
export class ReportError extends Error {
  override readonly name = "ReportError";
}

/**
 * Reads what was given to `--report`.
 *
 * @param given one text for each report: `junit=reports/contract.xml`.
 * @throws {ReportError}
 */
export function parseReportTargets(given: readonly string[]): ReportTarget[] {
  const targets = given.map((text) => {
    const [name, ...rest] = text.split("=");
    const format = reportFormats.find((each) => each === name);
    const file = rest.join("=");
    if (format === undefined || file === "")
      throw new ReportError(
        `--report is "${text}": it takes FORMAT=FILE, such as html=report.html. Formats: ${reportFormats.join(", ")}.`,
      );
    return { format, file };
  });
  const files = targets.map(({ file }) => resolve(file));
  const twice = targets.find(({ file }, index) => files.indexOf(resolve(file)) !== index);
  if (twice) throw new ReportError(`--report names ${twice.file} twice: give each report a file of its own.`);
  return targets;
}

/**
 * Makes sure that reports can be written, before anything is sent: a run whose result is lost may have changed a service.
 *
 * @throws {ReportError}
 */
export async function checkReportTargets(targets: readonly ReportTarget[]): Promise<void> {
  for (const { format, file } of targets) {
    const fail = (reason: string) => new ReportError(`--report ${format}=${file}: ${reason}`);
    const folder = dirname(resolve(file));
    const parent = await stat(folder).catch(() => undefined);
    if (!parent?.isDirectory()) throw fail(`there is no folder ${folder}. Make it first.`);
    const isWritable = await access(folder, constants.W_OK).then(
      () => true,
      () => false,
    );
    if (!isWritable) throw fail(`the folder ${folder} cannot be written to.`);
    const there = await stat(file).catch(() => undefined);
    if (there && !there.isFile()) throw fail("this is not a file. Give the name of one, new or to be replaced.");
  }
}

/**
 * Writes all reports; each file is replaced as a whole, or left as it was.
 *
 * @throws {ReportError} for the first that cannot be written.
 */
export async function writeReports(targets: readonly ReportTarget[], input: ReportInput): Promise<void> {
  const isWanted = targets.some(({ format }) => format === "sarif");
  // Read once more, for its lines. Of a document from a URL, none are told.
  const sourceText = isWanted ? await readFile(input.source, "utf8").catch(() => undefined) : undefined;
  for (const { format, file } of targets) {
    try {
      await replaceFile(file, formats[format]({ sourceText, ...input }));
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : String(cause);
      throw new ReportError(`--report ${format}=${file}: cannot be written: ${reason}`, { cause });
    }
  }
}

/** At no time is there a file with a part of the text at the path. */
async function replaceFile(file: string, text: string): Promise<void> {
  // Behind a link, the file that it leads to.
  const path = await realpath(file).catch(() => resolve(file));
  const temporary = `${path}.${randomUUID()}.part`;
  try {
    // "wx": fails where there is something, and follows no link.
    await writeFile(temporary, text, { flag: "wx" });
    await rename(temporary, path);
  } finally {
    await rm(temporary, { force: true });
  }
}
