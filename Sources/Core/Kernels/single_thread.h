// Threads are ours to share out (parallel.c), so the libraries are held to one each.
#pragma once

/// Holds OpenBLAS and oneDNN to one thread for calls from this thread. Cheap after the first call.
void emolab_hold_to_one_thread(void);
