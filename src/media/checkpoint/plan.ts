/**
 * The plan of a checkpoint: a job as units of work, one per chunk, and everything that decides what their video packets are. It is
 * written once and never changed; a later run goes on from it only when its own plan has the same hash.
 */
import { createHash } from "node:crypto";
import type { Chunk } from "../chunks.ts";
import type { Rational } from "../container/index.ts";
import { type FrameTimes, tickAt } from "../ticks.ts";
import type { EngineIdentity, InputIdentity } from "./identity.ts";

export const PLAN_SCHEMA = "mm.checkpoint/1";

/** What a unit is expected to take, for whoever runs it. */
export type Requests = { readonly memoryBytes: number; readonly cpus: number };

/** A chunk: frames [firstFrame, endFrame) of the displayed frames, ticks [startTick, endTick) of the input's clock. */
export type Unit = {
  /** Hash of the range, the argument list and the engine. */
  readonly id: string;
  /** Name beside the plan. */
  readonly file: string;
  readonly firstFrame: number;
  readonly endFrame: number;
  readonly startTick: number;
  readonly endTick: number;
  readonly frames: number;
};

export type CheckpointPlan = {
  readonly schema: typeof PLAN_SCHEMA;
  /** Of all that decides the video packets: input, engine, encoder, timeBase and units. */
  readonly hash: string;
  readonly input: InputIdentity;
  readonly engine: EngineIdentity;
  /** Arguments of the encoder, without names of files. */
  readonly encoder: readonly string[];
  /** Seconds of one tick. */
  readonly timeBase: Rational;
  /** Of each unit. */
  readonly requests: Requests;
  readonly units: readonly Unit[];
  /** The last step: it needs every unit. */
  readonly join: { readonly after: "all units"; readonly requests: Requests };
};

export type PlanRequest = Pick<CheckpointPlan, "input" | "engine" | "encoder" | "requests"> & {
  readonly joinRequests: Requests;
  readonly picture: FrameTimes;
  readonly chunks: readonly Chunk[];
  readonly fileOf: (chunk: Chunk) => string;
  /** The whole argument list of the child that encodes the chunk, the same wherever input and output lie. */
  readonly argumentsOf: (chunk: Chunk) => readonly string[];
};

export function makePlan(request: PlanRequest): CheckpointPlan {
  const { input, engine, encoder, picture, requests } = request;
  const units = request.chunks.map((chunk) => unitOf(chunk, request));
  const parts = { input, engine, encoder, timeBase: picture.timeBase, units };
  const join = { after: "all units", requests: request.joinRequests } as const;
  return { schema: PLAN_SCHEMA, hash: planHash(parts), ...parts, requests, join };
}

export function unitOf(
  chunk: Chunk,
  { engine, picture, fileOf, argumentsOf }: Pick<PlanRequest, "engine" | "picture" | "fileOf" | "argumentsOf">,
): Unit {
  const { firstFrame, endFrame } = chunk;
  const startTick = tickAt(picture, firstFrame);
  const endTick = tickAt(picture, endFrame);
  const id = hashOf([firstFrame, endFrame, startTick, endTick, argumentsOf(chunk), engine]).slice(0, 32);
  return { id, file: fileOf(chunk), firstFrame, endFrame, startTick, endTick, frames: endFrame - firstFrame };
}

/** A file that was moved is still the same input. */
export function planHash({
  input: { path: _path, ...input },
  engine,
  encoder,
  timeBase,
  units,
}: Pick<CheckpointPlan, "input" | "engine" | "encoder" | "timeBase" | "units">): string {
  return hashOf([PLAN_SCHEMA, input, engine, encoder, timeBase, units]);
}

/** Of values whose keys come in the order they were written in. */
function hashOf(value: unknown): string {
  return createHash("sha256").update(JSON.stringify(value)).digest("hex");
}
