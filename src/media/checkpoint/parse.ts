/** Plans and records of finished units as bytes that anybody may have put there: text in, something of the right shape or nothing out. */
import { isCount, isListOf, isRecord, isText, parseObject } from "../../base/index.ts";
import type { EngineIdentity, InputIdentity } from "./identity.ts";
import { type CheckpointPlan, PLAN_SCHEMA, planHash, type Requests, type Unit } from "./plan.ts";

export const DONE_SCHEMA = "mm.done/1";

/** What is on record of a finished unit. */
export type DoneRecord = {
  readonly schema: typeof DONE_SCHEMA;
  /** Its id. */
  readonly unit: string;
  readonly file: string;
  readonly bytes: number;
  /** As hashFile gives it. */
  readonly hash: string;
  readonly frames: number;
  /** Highest one the encoder reported. */
  readonly quantiser: number;
  /** Of the child that encoded it. */
  readonly peakBytes: number;
  /** Tick of the sync packet that led to all of its frames; null: from the start of the file. */
  readonly seekTick: number | null;
  readonly host: string;
  /** Wall time of its encoding. */
  readonly elapsedMs: number;
};

/** A plan whose hash is that of its content, or undefined. */
export function parsePlan(text: string): CheckpointPlan | undefined {
  const value = parseObject(text);
  if (value === undefined) return undefined;
  const { schema, hash, input, engine, encoder, timeBase, requests, units, join } = value;
  if (schema !== PLAN_SCHEMA || typeof hash !== "string") return undefined;
  if (!isInput(input) || !isEngine(engine) || !isListOf(encoder, isText) || !isRequests(requests)) return undefined;
  if (!isRecord(timeBase) || !isCount(timeBase.num) || !isCount(timeBase.den) || !isListOf(units, isUnit)) return undefined;
  if (!isRecord(join) || join.after !== "all units" || !isRequests(join.requests)) return undefined;
  const parts = { input, engine, encoder, timeBase: { num: timeBase.num, den: timeBase.den }, units };
  if (planHash(parts) !== hash) return undefined;
  return { schema, hash, ...parts, requests, join: { after: join.after, requests: join.requests } };
}

export function parseDone(text: string): DoneRecord | undefined {
  const value = parseObject(text);
  if (value === undefined) return undefined;
  const { schema, unit, file, bytes, hash, frames, quantiser, peakBytes, seekTick, host, elapsedMs } = value;
  if (schema !== DONE_SCHEMA || !isText(unit) || !isText(file) || !isText(hash) || !isText(host)) return undefined;
  if (!isCount(bytes) || !isCount(frames) || !isAmount(quantiser) || !isCount(peakBytes) || !isAmount(elapsedMs)) return undefined;
  if (seekTick !== null && !isTick(seekTick)) return undefined;
  return { schema, unit, file, bytes, hash, frames, quantiser, peakBytes, seekTick, host, elapsedMs };
}

function isInput(value: unknown): value is InputIdentity {
  if (!isRecord(value)) return false;
  const { path, byteLength, modifiedNs, headHash, tailHash } = value;
  return isText(path) && isCount(byteLength) && isText(modifiedNs) && isText(headHash) && isText(tailHash);
}

function isEngine(value: unknown): value is EngineIdentity {
  if (!isRecord(value)) return false;
  const { path, version, byteLength, modifiedNs } = value;
  return isText(path) && isText(version) && isCount(byteLength) && isText(modifiedNs);
}

function isUnit(value: unknown): value is Unit {
  if (!isRecord(value)) return false;
  const { id, file, firstFrame, endFrame, startTick, endTick, frames } = value;
  return isText(id) && isText(file) && [firstFrame, endFrame, frames].every(isCount) && isTick(startTick) && isTick(endTick);
}

function isRequests(value: unknown): value is Requests {
  return isRecord(value) && isCount(value.memoryBytes) && isCount(value.cpus);
}

function isTick(value: unknown): value is number {
  return Number.isSafeInteger(value);
}

function isAmount(value: unknown): value is number {
  return typeof value === "number" && Number.isFinite(value) && value >= 0;
}
