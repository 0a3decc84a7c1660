// The guest cluster of the chain that the pages are about, as its user.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { request } from "node:https";
import { join } from "node:path";

const kubeconfig = readFileSync(join(process.env.CHAIN, "guest.kubeconfig"), "utf8");
const said = (name) => new RegExp(`${name}: (\\S+)`).exec(kubeconfig)[1];
const authority = Buffer.from(said("certificate-authority-data"), "base64");

const SERVICES = "/api/v1/namespaces/default/services";

function ask(method, path, body) {
  const headers = { authorization: `Bearer ${said("token")}`, "content-type": "application/json" };
  const options = { method, headers, ca: authority };
  return new Promise((resolve, reject) => {
    const asked = request(new URL(path, said("server")), options, (answer) => {
      answer.resume().on("end", () => resolve(answer.statusCode));
    });
    asked.on("error", reject).end(body && JSON.stringify(body));
  });
}

/** Creates a Service with a load balancer. */
export async function create(name, port) {
  const spec = { type: "LoadBalancer", ports: [{ name: "p", port }] };
  const service = { apiVersion: "v1", kind: "Service", metadata: { name }, spec };
  assert.equal(await ask("POST", SERVICES, service), 201);
}

/** Deletes it; it is gone when the chain lets go. */
export async function remove(name) {
  assert.ok((await ask("DELETE", `${SERVICES}/${name}`)) < 300);
}
