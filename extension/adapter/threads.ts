/** Thread numbers of the protocol and task numbers of the machine. They differ by one: clients take 0 for "no thread". */

export const threadOfTask = (task: number): number => task + 1;
export const taskOfThread = (thread: number): number => thread - 1;
