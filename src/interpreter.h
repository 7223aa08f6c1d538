/* Python's interpreter lock, given back for the time of a wait, so that the program's other Python
 * threads run on.  Nothing of Python is linked or needed. */
#ifndef INTERPRETER_H
#define INTERPRETER_H

/* Gives the lock back if this thread has it and LOCKEDH5_PYTHON allows it; else does nothing.  When
 * the interpreter ends, before it takes its modules down, the waits of the threads that are left
 * (daemon threads) are stopped as by a signal, once they have their lock again. Returns what
 * interpreter_take() wants to take it again.  HDF5 must not be in the middle of anything.  Any
 * thread. */
void *interpreter_give(void);

/* Blocks until the lock is this thread's again.  Preserves errno. */
void interpreter_take(void *state);

#endif
