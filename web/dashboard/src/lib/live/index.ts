export { type LiveEvent, type LiveState, live, useLiveState } from "./live";
export { matches } from "./match";
export { useEvents } from "./use-events";
