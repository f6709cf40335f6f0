// Package atomicfile writes small files that hold secrets or that others read at any moment: a reader sees the old
// content or the new one, never a part, and what was written survives power loss.
//
// It knows nothing of what is in the files. Writers of different files do not disturb each other; of several writers of
// one file the last one wins.
package atomicfile
