/** Where the JSON API begins. */
export const apiBase = "/api/v1";
