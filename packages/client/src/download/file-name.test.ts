import { basename, join, win32 } from "node:path";
import { expect, test } from "vitest";
import { lastSegment, parseFileName, toSafeFileName } from "./file-name.ts";

// Some cases are those of http://test.greenbytes.de/tech/tc2231/, by the author of RFC 6266 and RFC 8187.
test.each([
  ["attachment; filename=data.csv", "data.csv"],
  ['attachment; filename="data.csv"', "data.csv"],
  ['ATTACHMENT; FileName = "data.csv"', "data.csv"],
  ['inline;filename="two words; and a semicolon.csv"', "two words; and a semicolon.csv"],
  [String.raw`attachment; filename="f\oo.html"`, "foo.html"],
  [String.raw`attachment; filename="\"quoting\" tested.html"`, '"quoting" tested.html'],
  ['attachment; foo="filename=no.csv"; filename=yes.csv', "yes.csv"],
  ["attachment; filename=first.csv; filename=second.csv", "first.csv"],
  ["attachment; filename*=UTF-8''foo-%c3%a4-%e2%82%ac.html", "foo-ä-€.html"],
  ["attachment; filename*=utf-8'en'foo%20bar.html", "foo bar.html"],
  ["attachment; filename*=ISO-8859-1''foo-%E4.html", "foo-ä.html"],
  [`attachment; filename="plain.csv"; filename*=UTF-8''%e2%82%ac.csv`, "€.csv"],
  [`attachment; filename*=UTF-8''%e2%82%ac.csv; filename="plain.csv"`, "€.csv"],
  ["attachment; filename*=UTF-8''foo-%E4.html; filename=plain.html", "plain.html"],
  ["attachment; filename*=KOI8-R''foo.html; filename=plain.html", "plain.html"],
  ["attachment; filename*=foo.html", undefined],
  ["attachment; filename=foo-%c3%a4.html", "foo-%c3%a4.html"],
  // UTF-8 bytes as `Headers` gives them, and bytes that are not UTF-8.
  ['attachment; filename="Ã¤.csv"', "ä.csv"],
  ['attachment; filename="ä.csv"', "ä.csv"],
  ['attachment; filename=""', ""],
  ["attachment", undefined],
  ["filename=data.csv", undefined],
  ["", undefined],
])("reads the name in %j as %j", (header, name) => {
  expect(parseFileName(header)).toBe(name);
});

test.each([
  ["data.csv", "data.csv"],
  ["../../etc/passwd", "passwd"],
  ["/etc/passwd", "passwd"],
  ["..\\..\\windows\\win.ini", "win.ini"],
  ["C:\\boot.ini", "boot.ini"],
  ["C:boot.ini", "C_boot.ini"],
  ["data.csv:stream", "data.csv_stream"],
  ["a\0b\r\nc\u007fd\u0085.csv", "a_b__c_d_.csv"],
  ["exe.\u202Efdp.exe", "exe._fdp.exe"],
  ["a\ud800b", "a_b"],
  ['<a>:"b"|c?*.csv', "_a___b__c__.csv"],
  [".bashrc", "_bashrc"],
  ["...", undefined],
  ["..", undefined],
  [".", undefined],
  ["", undefined],
  ["   ", undefined],
  ["folder/", undefined],
  ["a/..", undefined],
  ["data.csv. . ", "data.csv"],
  [" data.csv", "data.csv"],
  ["CON", "_CON"],
  ["nul.txt", "_nul.txt"],
  ["aux .c", "_aux .c"],
  ["COM1.tar.gz", "_COM1.tar.gz"],
  ["lpt²", "_lpt²"],
  ["CONSOLE.log", "CONSOLE.log"],
  ["com10.txt", "com10.txt"],
  ["a\u0308.csv", "ä.csv"],
  ["日本語 👩‍🔬.csv", "日本語 👩‍🔬.csv"],
])("makes %j safe as %j", (name, safe) => {
  expect(toSafeFileName(name)).toBe(safe);
});

test.each(["/", "\\", "%2e%2e%2f", "..", ".", "\0", "\u202e", "con", ":", " ", "é", "👩‍🔬", "\ud83d"])(
  "leaves a name that is one file in the folder, whatever is around %j",
  (piece) => {
    for (const name of [
      piece,
      `${piece}a`,
      `a${piece}`,
      `a${piece}b.csv`,
      piece.repeat(300),
      `${piece.repeat(300)}.csv`,
    ]) {
      const safe = toSafeFileName(name);
      if (safe === undefined) continue;
      expect(join("/folder", safe)).toBe(`/folder/${safe}`);
      expect([basename(safe), win32.basename(safe)]).toEqual([safe, safe]);
      expect(toSafeFileName(safe)).toBe(safe);
      expect(Buffer.byteLength(safe)).toBeLessThanOrEqual(200);
      expect(safe).not.toMatch(/^\.|[. ]$|\p{Cc}|\p{Cs}/u);
    }
  },
);

test("cuts a long name before its extension, between characters", () => {
  expect(toSafeFileName(`${"a".repeat(300)}.tar.gz`)).toBe(`${"a".repeat(197)}.gz`);
  expect(toSafeFileName(`${"é".repeat(300)}.csv`)).toBe(`${"é".repeat(98)}.csv`);
  expect(toSafeFileName(`a.${"b".repeat(300)}`)).toBe(`a.${"b".repeat(198)}`);
});

test.each([
  ["https://x.example/files/data%20set.csv?token=1#part", "data set.csv"],
  ["https://x.example/files/..%2f..%2fetc", "../../etc"],
  ["https://x.example/files/", undefined],
  ["https://x.example/%E4", undefined],
  ["", undefined],
])("reads the last segment of %j as %j", (url, name) => {
  expect(lastSegment(url)).toBe(name);
});
