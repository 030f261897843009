/** What options are shown under in the help. */
export const MEMORY = "Memory:";
export const PICTURE = "Picture and sound:";
export const SEQUENCES = "Sequences:";
export const MESSAGES = "Messages:";
export const PROFILE = "Profile:";
export const RUN = "Run:";
export const SAY = "What is said:";
