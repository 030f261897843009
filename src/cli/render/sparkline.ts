export { sparkline } from "../../base/index.ts";
