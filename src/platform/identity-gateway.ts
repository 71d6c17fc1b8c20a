import { directoryName } from "../domain/identity/messages.ts";
import type { Env } from "../env.ts";
import type { Evidence, KeyLookup, ParkingPlace } from "../pipeline/ports.ts";
import { callObject } from "./call-object.ts";

/** The consumer's way to the identity directory. */
export function identityGateway(env: Env): KeyLookup & ParkingPlace & Evidence {
  const stub = () => env.IDENTITY_DIRECTORY.getByName(directoryName);
  return {
    lookup: (keys, cursor) => callObject(stub, (directory) => directory.lookup(keys, cursor)),
    park: (items) => callObject(stub, (directory) => directory.park(items)),
    observe: (pairs) => callObject(stub, (directory) => directory.observe(pairs)),
    accountsExist: (accountIds) => callObject(stub, (directory) => directory.accountsExist(accountIds)),
  };
}
