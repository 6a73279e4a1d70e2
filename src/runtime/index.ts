export {
  createSession,
  engineVersion,
  savePrepacked,
  type Feeds,
  type Loading,
  type Session,
  type SessionOptions,
} from "./session.ts";
export { floatTensor, intTensor, intTensorOf, type EngineTensor } from "./tensor.ts";
export { int8Limit, processorFeatures } from "./processor.ts";
