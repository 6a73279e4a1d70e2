import { describe, expect, it } from "vitest";
import { appErrorOf } from "../../test/helpers/app-error.ts";
import { requireWebhookUrl } from "./post-webhook.ts";
import { isPublicAddress } from "./public-address.ts";

describe("where a webhook may go", () => {
  it.each(["https://hooks.example/x", "https://8.8.8.8/", "https://[2606:4700::1111]/"])(
    "%s is fine",
    (url) => expect(() => requireWebhookUrl(url, [])).not.toThrow(),
  );

  it.each([
    ["http://hooks.example/", "forbidden"],
    ["https://127.0.0.1/", "forbidden"],
    ["https://2130706433/", "forbidden"],
    ["https://0x7f.1/", "forbidden"],
    ["https://169.254.169.254/latest", "forbidden"],
    ["https://[::1]/", "forbidden"],
    ["https://[::ffff:10.0.0.1]/", "forbidden"],
    ["https://user:pass@hooks.example/", "invalid_input"],
    ["file:///etc/passwd", "invalid_input"],
    ["nothing", "invalid_input"],
  ])("%s is %s", (url, code) => {
    expect(appErrorOf(() => requireWebhookUrl(url, [])).code).toBe(code);
  });

  it("is anywhere that the setting names", () => {
    expect(() => requireWebhookUrl("http://10.0.0.5:9000/x", ["10.0.0.5"])).not.toThrow();
    expect(() => requireWebhookUrl("http://chat.internal/x", ["chat.internal"])).not.toThrow();
  });

  it.each([
    ["93.184.216.34", true],
    ["172.15.0.1", true],
    ["172.16.0.1", false],
    ["100.64.0.1", false],
    ["192.168.1.1", false],
    ["0.0.0.0", false],
    ["255.255.255.255", false],
    ["2606:4700::1111", true],
    ["fd00::1", false],
    ["fe80::1", false],
    ["::", false],
    ["::ffff:8.8.8.8", false],
    ["2002:0a00:0001::", false],
    ["64:ff9b::a00:1", false],
    ["localhost", false],
    ["", false],
  ])("%s is public: %s", (address, isPublic) => {
    expect(isPublicAddress(address)).toBe(isPublic);
  });
});
