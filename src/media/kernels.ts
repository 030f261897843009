/** The media floor's only import of the addon: frames from pipes, and kernels over frames. */
export { binding as kernels, type NativeFramePump, type PlaneScore } from "../binding/index.ts";
