import type { DeploymentRequest } from "../../src/wire/index.ts";
import { postDeployment } from "../api/client.ts";
import { addressOf } from "../frame/rooms.ts";

/** Begins the release that `request` describes, and shows its room. @throws RequestFailed */
export async function startRelease(request: DeploymentRequest): Promise<void> {
  await postDeployment(request);
  location.hash = addressOf("releases");
}
