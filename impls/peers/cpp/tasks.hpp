// Tasks, a run queue and rendezvous channels: what the scenarios are measured on, and programs judged.
//
//   ready   [task, task, ..]   loop() resumes the first; a task that can go on is put at the end
//   channel senders or receivers, as awaiters in the frames of the tasks that wait
#pragma once
#include <coroutine>
#include <deque>
#include <exception>
#include <memory>
#include <optional>
#include <utility>

inline std::deque<std::coroutine_handle<>> ready;

inline void loop() {
    while (!ready.empty()) {
        auto next = ready.front();
        ready.pop_front();
        next.resume();
    }
}

// A coroutine that nothing awaits: it waits in the run queue at first, and frees itself at its end.
struct Task {
    struct promise_type {
        Task get_return_object() {
            ready.push_back(std::coroutine_handle<promise_type>::from_promise(*this));
            return {};
        }
        std::suspend_always initial_suspend() noexcept { return {}; }
        std::suspend_never final_suspend() noexcept { return {}; }
        void return_void() {}
        void unhandled_exception() { std::terminate(); }
    };
};

struct Schedule {
    bool await_ready() const noexcept { return false; }
    void await_suspend(std::coroutine_handle<> me) { ready.push_back(me); }
    void await_resume() const noexcept {}
};

// A sender goes on when its value is taken. One of the two queues is empty.
template <class T> struct Channel {
    struct Waiting {
        std::optional<T> value;
        std::coroutine_handle<> task;
    };
    std::deque<Waiting *> senders, receivers;

    struct Send : Waiting {
        Channel &channel;
        Send(Channel &channel, T value) : Waiting{std::move(value), {}}, channel(channel) {}
        bool await_ready() {
            if (channel.receivers.empty()) return false;
            Waiting *receiver = channel.receivers.front();
            channel.receivers.pop_front();
            receiver->value = std::move(this->value);
            ready.push_back(receiver->task);
            return true;
        }
        void await_suspend(std::coroutine_handle<> me) {
            this->task = me;
            channel.senders.push_back(this);
        }
        void await_resume() {}
    };
    struct Receive : Waiting {
        Channel &channel;
        explicit Receive(Channel &channel) : Waiting{{}, {}}, channel(channel) {}
        bool await_ready() {
            if (channel.senders.empty()) return false;
            Waiting *sender = channel.senders.front();
            channel.senders.pop_front();
            this->value = std::move(sender->value);
            ready.push_back(sender->task);
            return true;
        }
        void await_suspend(std::coroutine_handle<> me) {
            this->task = me;
            channel.receivers.push_back(this);
        }
        T await_resume() { return std::move(*this->value); }
    };
    Send send(T value) { return Send(*this, std::move(value)); }
    Receive receive() { return Receive(*this); }
};

template <class T> using Shared = std::shared_ptr<Channel<T>>;
template <class T> Shared<T> channel() { return std::make_shared<Channel<T>>(); }
