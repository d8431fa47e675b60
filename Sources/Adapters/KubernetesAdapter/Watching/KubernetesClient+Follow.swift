extension KubernetesClient {
    /// Lists and watches for ever; ends when the task that takes from it is cancelled, or with the client.
    ///
    /// A watch that ends goes on where it was. All is listed anew only when the server has forgotten that moment, or has sent what cannot be
    /// read. Who takes slowly holds the server back: nothing is piled up here but a few events.
    public func follow<R: Resource>(_: R.Type, _ selection: Selection = .all) -> AsyncStream<Followed<R>> {
        let handoff = Handoff<Followed<R>>(ahead: 16)
        let task = followings.begin { [self] in
            var following = Following(self, selection, handoff)
            await following.run()
            handoff.end()
        }
        let taking = Taking(handoff: handoff, task: task)
        return AsyncStream {
            await taking.handoff.take()
        } onCancel: {
            taking.stop()
        }
    }
}

/// The taker's side, whose end is the end of the following.
private final class Taking<R: Resource>: Sendable {
    let handoff: Handoff<Followed<R>>
    private let task: Task<Void, Never>

    init(handoff: Handoff<Followed<R>>, task: Task<Void, Never>) {
        self.handoff = handoff
        self.task = task
    }

    func stop() {
        task.cancel()
        handoff.end()
    }

    deinit { stop() }
}
