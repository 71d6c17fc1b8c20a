import { constants, setPriority } from "node:os";

/** Runs before each storm, in its own process: worlds on virtual time can wait, and who measures or waits for a browser beside them cannot. */
setPriority(constants.priority.PRIORITY_BELOW_NORMAL);
