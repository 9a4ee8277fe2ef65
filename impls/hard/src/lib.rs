//! Tasklets on pooled native stacks, switched by corosensei.
