import { createHash } from "node:crypto";
import { deflateRawSync } from "node:zlib";
import { packColumns } from "./columns.ts";

/** The code of the page: see report-page.ts. */
export type ReportPage = { readonly script: string; readonly style: string };

/**
 * One file that needs nothing else: no network, no other file. Its policy allows this very script and this very style and nothing more, so
 * what a target calls itself cannot become code. `text` is what is read where scripts are off.
 */
export function htmlPage(payload: object, title: string, text: string, { script, style }: ReportPage): string {
  const data = deflateRawSync(packColumns(payload), { level: 9 }).toString("base64");
  const policy = `default-src 'none'; script-src '${hashOf(script)}'; style-src '${hashOf(style)}'; base-uri 'none'; form-action 'none'`;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${escaped(title)}</title>
<style>${style}</style>
</head>
<body>
<noscript><pre>${escaped(text)}</pre></noscript>
<main id="report"></main>
<script type="application/octet-stream" id="data">${data}</script>
<script>${script}</script>
</body>
</html>
`;
}

function hashOf(text: string): string {
  return `sha256-${createHash("sha256").update(text).digest("base64")}`;
}

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
