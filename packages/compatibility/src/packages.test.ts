/** The linters of packages, on the tarballs: `publint --strict`, and Are The Types Wrong for packages that are ESM only. */
import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { listApis } from "@artifetch/document/load";
import { publint } from "publint";
import { formatMessage } from "publint/utils";
import { describe, expect, inject, test } from "vitest";
import { here, type Manifest, readPacked, toExecutable } from "./project.ts";

describe.each(inject("tarballs"))("%s", (_, tarball) => {
  test("has nothing that publint complains of", async () => {
    const { messages, pkg } = await publint({ pack: { tarball: toArrayBuffer(tarball) }, strict: true });
    expect(messages.map((message) => formatMessage(message, pkg, { color: false }))).toEqual([]);
  });

  test("has types that resolve from every entry", async () => {
    const manifest = await readPacked(tarball);
    const entries = listEntries(manifest);
    const args = [tarball, "--profile", "esm-only", "--format", "json", "--no-definitely-typed", "--entrypoints"];
    const { stdout } = await promisify(execFile)(process.execPath, [toExecutable(attw, "attw"), ...args, ...entries], {
      maxBuffer: 2 ** 26,
    }).catch((failure: { stdout: string }) => failure);
    const { analysis, problems }: Report = JSON.parse(stdout);
    expect(Object.keys(analysis.entrypoints).sort()).toEqual(entries.sort());
    // Of packages that are ESM only, nobody asks how `require` and the resolution of Node 10 see them.
    expect(
      Object.values(problems)
        .flat()
        .filter(({ resolutionKind }) => !ignored.includes(resolutionKind)),
    ).toEqual([]);
    for (const { subpath, resolutions } of Object.values(analysis.entrypoints)) {
      for (const kind of ["node16-esm", "bundler"]) {
        expect(resolutions[kind]?.resolution?.fileName, `${subpath} by ${kind}`).toMatch(/\.(d\.ts|json)$/);
      }
    }
  });

  test("leads to no sources of this workspace", async () => {
    expect(JSON.stringify(await readPacked(tarball))).not.toMatch(/@artifetch\/source|workspace:|catalog:/);
  });
});

const attw = join(here, "node_modules", "@arethetypeswrong", "cli");
const ignored = ["node10", "node16-cjs"];

interface Report {
  analysis: {
    entrypoints: Record<
      string,
      { subpath: string; resolutions: Record<string, { resolution?: { fileName: string } }> }
    >;
  };
  problems: Record<string, { resolutionKind: string }[]>;
}

/** The entries of a package, with the APIs in place of a pattern. */
function listEntries({ exports = {} }: Manifest): string[] {
  return Object.keys(exports).flatMap((entry) =>
    entry.includes("*") ? listApis().map((api) => entry.replace("*", api)) : [entry],
  );
}

function toArrayBuffer(file: string): ArrayBuffer {
  return new Uint8Array(readFileSync(file)).buffer;
}
