import CPluginSocket
import Glibc
import Synchronization

/// Answers plugins on a few worker threads.
///
/// Everything a worker does is blocking and synchronous: it accepts one connection or takes one job, finishes it, and
/// takes the next. `Context` is what a worker needs for itself alone, such as a netlink socket; it is made on the worker's
/// thread and never leaves it.
///
/// The threads hold the server: end it with ``drain(within:)``.
public final class PluginServer<Context>: Sendable {
    /// Work for any of the workers.
    public typealias Job = @Sendable (inout Context) -> Void

    let listener: PluginListener
    let limits: PluginServerLimits
    let makeContext: @Sendable () throws -> Context
    let refused: @Sendable (PluginRefusal) -> Void
    let handle: @Sendable (inout Context, PluginRequest) -> Void

    let state = Mutex(State())
    let unanswered: UnansweredRequests
    /// Counts the jobs that wait, so that each wakes one worker.
    let jobsWaiting: EventCounter
    /// Above zero once the workers shall end.
    let stop: EventCounter

    struct State {
        var jobs: [Job] = []
        /// Workers that run, and those among them that wait for work.
        var workers = 0
        var idle = 0
        /// Workers that made their context.
        var started = 0
        var isDraining = false
        /// Nobody waits to be accepted, and nobody ever will.
        var isQueueEmpty = false
        var isStopped = false
        var threads: [pthread_t] = []
        /// What kept a worker from making its context.
        var failures: [any Error] = []
    }

    /// Starts the workers and returns when each has made its context.
    ///
    /// - Parameters:
    ///   - makeContext: Runs once on every worker's thread.
    ///   - refused: Told of every call that never became a request; runs on a worker.
    ///   - handle: Answers a request with ``PluginRequest/reply(exitStatus:output:)``, at once or later from elsewhere; runs
    ///     on a worker.
    /// - Throws: What `makeContext` threw, or ``PluginSocketError``. Then no worker is left running.
    public init(
        _ listener: consuming PluginListener, limits: PluginServerLimits = PluginServerLimits(),
        makeContext: @escaping @Sendable () throws -> Context, refused: @escaping @Sendable (PluginRefusal) -> Void,
        handle: @escaping @Sendable (inout Context, PluginRequest) -> Void
    ) throws {
        self.listener = listener
        self.limits = limits
        self.makeContext = makeContext
        self.refused = refused
        self.handle = handle
        unanswered = try UnansweredRequests()
        jobsWaiting = try EventCounter()
        stop = try EventCounter()
        try startWorkers()
    }

    /// Runs a job on some worker, such as the rest of an ADD that waited for capacity.
    ///
    /// - Throws: ``PluginSocketError``: ``PluginSocketError/Code/jobsFull``, or ``PluginSocketError/Code/stopped`` once a
    ///   drain has ended.
    public func submit(_ job: @escaping Job) throws(PluginSocketError) {
        let limit = limits.jobsMax
        let refusal: PluginSocketError? = state.withLock { state in
            guard !state.isStopped else { return PluginSocketError(.stopped, "the plugin server has stopped") }
            guard state.jobs.count < limit else {
                return PluginSocketError(.jobsFull, "\(limit) jobs wait for \(state.workers) workers", remedy: "try again later")
            }
            state.jobs.append(job)
            return nil
        }
        if let refusal { throw refusal }
        jobsWaiting.signal()
    }

    /// Turns further plugins away, finishes everything in flight, and ends the workers.
    ///
    /// In flight are the connections in the queue, the jobs, and every request that waits for its answer: it is for the
    /// caller to see to it that those are answered. Plugins that come meanwhile try again until their budget ends, by when
    /// the next daemon listens. The socket's file stays, because it may be the next daemon's by then; without a listener it
    /// refuses as if it were gone.
    ///
    /// Not to be called on a worker.
    ///
    /// - Returns: What was not finished when the time was over.
    public func drain(within limit: Duration) -> PluginServerRemainder {
        let deadline = ContinuousClock.now + limit
        unanswered.watch()
        listener.refuseFurther()
        state.withLock { $0.isDraining = true }
        while !isFinished, ContinuousClock.now < deadline { awaitProgress(until: deadline) }

        let remainder = state.withLock { state in
            state.isStopped = true
            defer { state.jobs = [] }
            return PluginServerRemainder(requests: unanswered.count, jobs: state.jobs.count, workers: 0)
        }
        return endWorkers(until: deadline, remainder)
    }

    /// Whether nothing is in flight and nothing can come.
    private var isFinished: Bool {
        state.withLock { state in
            state.isQueueEmpty && state.jobs.isEmpty && state.idle == state.workers && unanswered.count == 0
        }
    }

    private func endWorkers(until deadline: ContinuousClock.Instant, _ remainder: PluginServerRemainder) -> PluginServerRemainder {
        stop.signal()
        // Workers without work end at once; one that is busy is given the time that is left.
        let patience = max(deadline, ContinuousClock.now + .milliseconds(100))
        while state.withLock(\.workers) > 0, ContinuousClock.now < patience { awaitProgress(until: patience) }

        let (threads, busy) = state.withLock { state in
            defer { state.threads = [] }
            return (state.threads, state.workers)
        }
        for thread in threads {
            // A busy worker ends by itself after its work; nothing may be waited for on its account.
            if busy == 0 { pthread_join(thread, nil) } else { pthread_detach(thread) }
        }
        var remainder = remainder
        remainder.workers = busy
        return remainder
    }

    private func awaitProgress(until deadline: ContinuousClock.Instant) {
        unanswered.progress.wait(deadline - .now)
        unanswered.progress.take()
    }
}

/// Bounds of a ``PluginServer``.
public struct PluginServerLimits: Hashable, Sendable {
    /// Worker threads; the kernel's lock over its network state lets more than a few wait for each other.
    public var workers: Int
    /// Jobs that wait for a worker.
    public var jobsMax: Int
    /// How long a connection may stay silent before its request.
    public var receiveTimeout: Duration

    /// - Precondition: there is at least one worker and one job may wait.
    public init(workers: Int = 4, jobsMax: Int = 4096, receiveTimeout: Duration = .seconds(2)) {
        precondition(workers > 0 && jobsMax > 0, "a plugin server needs workers and jobs, not \(workers) and \(jobsMax)")
        self.workers = workers
        self.jobsMax = jobsMax
        self.receiveTimeout = receiveTimeout
    }
}

/// What a drain did not finish in its time.
public struct PluginServerRemainder: Hashable, Sendable {
    /// Requests without an answer. Their plugins report code 11, and spool a DEL, when the request is let go of.
    public var requests: Int
    /// Jobs that were dropped.
    public var jobs: Int
    /// Workers still at work; each ends after it.
    public var workers: Int

    /// Whether everything was finished.
    public var isEmpty: Bool { requests == 0 && jobs == 0 && workers == 0 }
}
