import CPluginSocket
import Glibc
import PodNetwork
import Synchronization

extension PluginServer {
    /// Starts the threads and waits until each has its context or has failed.
    func startWorkers() throws {
        state.withLock { $0.workers = limits.workers }
        for started in 0..<limits.workers {
            do {
                let thread = try startThread { self.runWorker() }
                state.withLock { $0.threads.append(thread) }
            } catch {
                state.withLock { state in
                    state.workers -= limits.workers - started
                    state.failures.append(error)
                }
                break
            }
        }
        while state.withLock({ $0.started < limits.workers && $0.failures.isEmpty }) {
            unanswered.progress.wait(.seconds(60))
            unanswered.progress.take()
        }
        guard let failure = state.withLock({ $0.failures.first }) else { return }
        stop.signal()
        for thread in state.withLock(\.threads) { pthread_join(thread, nil) }
        throw failure
    }

    /// The life of one worker.
    private func runWorker() {
        defer {
            state.withLock { $0.workers -= 1 }
            unanswered.progress.signal()
        }
        do {
            let poller = try Poller()
            try poller.watch(listener.socket, as: .connection, exclusively: true)
            try poller.watch(jobsWaiting.descriptor, as: .job, exclusively: true)
            try poller.watch(stop.descriptor, as: .stop, exclusively: false)
            var context = try makeContext()
            work(&context, poller)
        } catch {
            state.withLock { $0.failures.append(error) }
        }
    }

    private func work(_ context: inout Context, _ poller: borrowing Poller) {
        let receiver = RequestReceiver(unanswered)
        state.withLock { $0.started += 1 }
        unanswered.progress.signal()
        while true {
            let ready = waitIdle(poller)
            if ready.contains(.stop) { return }
            if ready.contains(.job) { runJob(&context) }
            if ready.contains(.connection) { serveConnection(&context, receiver, poller) }
        }
    }

    /// Waits for work, counted as idle.
    private func waitIdle(_ poller: borrowing Poller) -> Poller.Ready {
        let isDraining = state.withLock { state in
            state.idle += 1
            return state.isDraining
        }
        if isDraining { unanswered.progress.signal() }
        defer { state.withLock { $0.idle -= 1 } }
        return poller.wait()
    }

    private func runJob(_ context: inout Context) {
        guard jobsWaiting.take() else { return }
        let job = state.withLock { $0.jobs.isEmpty ? nil : $0.jobs.removeFirst() }
        job?(&context)
    }

    /// Serves one connection, if another worker has not taken it.
    private func serveConnection(_ context: inout Context, _ receiver: RequestReceiver, _ poller: borrowing Poller) {
        // Looked at before the queue: an empty queue stays empty only if none could join it before the look.
        let isDraining = state.withLock(\.isDraining)
        do throws(PluginSocketError) {
            let connection = try listener.accept(receiveTimeout: limits.receiveTimeout)
            serve(connection, &context, receiver)
        } catch {
            acceptFailed(error, isDraining, poller)
        }
    }

    private func serve(_ connection: consuming Descriptor, _ context: inout Context, _ receiver: RequestReceiver) {
        do throws(PluginRefusal) {
            handle(&context, try receiver.receive(connection))
        } catch {
            refused(error)
        }
    }

    private func acceptFailed(_ error: PluginSocketError, _ isDraining: Bool, _ poller: borrowing Poller) {
        guard error.errno?.rawValue == EAGAIN else {
            refused(.notAccepted(error))
            // The connection is still there, and what is short, such as descriptors, stays short for a while.
            poll(nil, 0, 50)
            return
        }
        guard isDraining else { return }
        state.withLock { $0.isQueueEmpty = true }
        // A socket that refuses stays ready for ever and would keep the worker awake.
        poller.forget(listener.socket)
    }
}

/// Starts a thread that no signal interrupts; the caller joins or detaches it.
private func startThread(_ body: @escaping @Sendable () -> Void) throws(PluginSocketError) -> pthread_t {
    final class Body {
        let run: @Sendable () -> Void
        init(_ run: @escaping @Sendable () -> Void) { self.run = run }
    }
    var all = sigset_t()
    var before = sigset_t()
    sigfillset(&all)
    // The thread inherits the mask.
    pthread_sigmask(SIG_BLOCK, &all, &before)
    defer { pthread_sigmask(SIG_SETMASK, &before, nil) }

    var thread = pthread_t()
    let retained = Unmanaged.passRetained(Body(body))
    let error = pthread_create(
        &thread, nil,
        { argument in
            argument.map { Unmanaged<Body>.fromOpaque($0).takeRetainedValue().run() }
            return nil
        }, retained.toOpaque())
    guard error == 0 else {
        retained.release()
        throw PluginSocketError(.system, "start a worker thread", error)
    }
    return thread
}
