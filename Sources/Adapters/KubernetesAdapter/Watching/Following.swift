import Logging
import Timeline

/// One list and its watches, in a task of their own.
struct Following<R: Resource> {
    private let client: KubernetesClient
    private let selection: Selection
    private let handoff: Handoff<Followed<R>>
    /// Where the next watch begins; nil when all has to be listed.
    private var version: String?
    private var backoff = Backoff()

    init(_ client: KubernetesClient, _ selection: Selection, _ handoff: Handoff<Followed<R>>) {
        self.client = client
        self.selection = selection
        self.handoff = handoff
    }

    /// Returns when the task is cancelled or nobody takes any more.
    mutating func run() async {
        while !Task.isCancelled {
            let goesOn: Bool
            if let version {
                goesOn = await watch(from: version)
            } else {
                goesOn = await list()
            }
            if !goesOn { return }
        }
    }

    private mutating func list() async -> Bool {
        do throws(KubernetesFailure) {
            let list = try await client.list(R.self, selection)
            version = list.resourceVersion
            return await handoff.give(.listed(list.items))
        } catch {
            return await failed(error)
        }
    }

    private mutating func watch(from start: String) async -> Bool {
        let began = client.clock.now()
        let watch = Watch<R>(client, selection, from: start)
        let end = await watch.run(handoff)
        let lasted = client.clock.now() - began
        if lasted >= client.limits.watchWorks { backoff.reset() }
        version = end.version
        switch end.reason {
        case .unwanted: return false
        case .ended:
            // A server that ends every watch at once would be asked in a circle.
            if lasted < client.limits.watchWorks { await pause(nil) }
            return true
        case .forgotten:
            version = nil
            await pause(nil)
            return true
        case .noBookmarks: return true
        case .failed(let failure):
            if failure.kind == .unreadable { version = nil }
            return await failed(failure)
        }
    }

    private mutating func failed(_ failure: KubernetesFailure) async -> Bool {
        if Task.isCancelled { return false }
        client.logger.debug("following interrupted", metadata: ["resource": "\(R.kind)", "reason": "\(failure)"])
        guard await handoff.give(.interrupted(failure)) else { return false }
        await pause(failure.retryAfter)
        return true
    }

    private mutating func pause(_ asked: Duration?) async {
        var random = ClockRandom(clock: client.clock)
        await client.clock.sleep(backoff.next(atLeast: asked, using: &random))
    }
}
