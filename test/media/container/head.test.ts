import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { headOfPackets } from "../../../src/media/container/head.ts";
import { findEngine } from "../../../src/media/engine/index.ts";
import { byteInput } from "../byte-input.ts";
import { runTool } from "../run-tool.ts";

it("comes back from a Matroska file that ends in noise, where its reader would turn in circles", async () => {
  const engine = await findEngine({ searchPath: process.env.PATH ?? "", run: runTool });
  const folder = mkdtempSync(join(tmpdir(), "mm-head-"));
  const path = join(folder, "clip.mkv");
  const clip = ["-f", "lavfi", "-i", "testsrc2=s=32x32:r=25:d=0.2", "-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p"];
  execFileSync(engine.path, ["-v", "error", "-nostdin", ...clip, "-live", "1", path]);
  const whole = readFileSync(path);
  rmSync(folder, { recursive: true });
  expect((await headOfPackets(byteInput(whole), 0))?.codec).toBe("h264");
  const noisy = Buffer.concat([whole, Buffer.alloc(100, 0x55)]);
  await expect(headOfPackets(byteInput(noisy), 0)).resolves.toBeUndefined();
});
