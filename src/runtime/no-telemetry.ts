// ONNX Runtime on Linux and macOS reports its use to its maker unless told not to: it keeps an
// identifier of this machine and a queue of events in the user's cache folder, uploads them, and
// leaves a log per process in the temporary folder. Nothing of that is wanted here, and a variable
// of the environment is all that it listens to.

/** To be called before this process opens its first session. */
export function refuseTelemetry(): void {
  process.env["ORT_DISABLE_TELEMETRY"] = "1";
}
