public import PodNetwork

extension KernelNamespace {
    /// Makes every object exist as described; may be told the same thing twice.
    ///
    /// An object that is there already is left as it is when it is equal (rules, addresses) and replaced otherwise
    /// (routes, neighbours). A link of the same name belongs to an earlier sandbox: it is removed and made anew.
    ///
    /// - Parameters:
    ///   - stale: Rules of an earlier owner that must be gone before; a table or origin of 0 means any. They go with the same
    ///     write, so that looking for them costs next to nothing.
    ///   - sandboxNetns: As ``perform(_:sandboxNetns:)`` has it.
    /// - Throws: ``KernelError`` for the first object that could not be made. Those before it stay: the caller undoes
    ///   them with ``remove(_:)``.
    public func ensure(_ objects: [KernelObject], purging stale: [Rule] = [], sandboxNetns: Int32? = nil) throws(KernelError) {
        let purge = stale.map { KernelChange.delete(.rule($0)) }
        let answers = try perform(purge + objects.map(KernelChange.create), sandboxNetns: sandboxNetns)
        let outcomes = answers.dropFirst(purge.count)
        for (rule, answer) in zip(stale, answers) {
            if let errno = answer, !errno.meansAbsent { throw KernelError("remove \(rule)", errno) }
        }
        let found = zip(purge, answers).filter { $0.1 == nil }.map(\.0)
        if !found.isEmpty { try purgeAll(found, andMakeAgain: objects) }
        var later: [KernelChange] = []
        // Objects behind a link that is made anew were made on the old one and go with it, or failed with the new one absent.
        var isAnew = false
        for (object, outcome) in zip(objects, outcomes) {
            switch object {
            case .veth, .vlan:
                guard let errno = outcome else { continue }
                guard errno == .exists else { throw KernelError("add \(object)", errno) }
                later += [.delete(object), .create(object)]
                isAnew = true
            case .route, .neighbour:
                if outcome == .exists || isAnew {
                    later.append(.replace(object))
                } else if let errno = outcome {
                    throw KernelError("add \(object)", errno)
                }
            case .rule, .address:
                if isAnew {
                    later.append(.create(object))
                } else if let errno = outcome, errno != .exists {
                    throw KernelError("add \(object)", errno)
                }
            }
        }
        try finish(later, sandboxNetns: sandboxNetns)
    }

    /// Where one rule was left there may be more. Looking for them takes what was made meanwhile as well.
    private func purgeAll(_ purge: [KernelChange], andMakeAgain objects: [KernelObject]) throws(KernelError) {
        var found = purge
        for _ in 0..<Self.leftOversMax where !found.isEmpty {
            found = zip(found, try perform(found, sandboxNetns: nil)).filter { $0.1 == nil }.map(\.0)
        }
        try finish(objects.filter { if case .rule = $0 { true } else { false } }.map(KernelChange.create), sandboxNetns: nil)
    }

    /// The most rules of one kind that earlier owners are expected to have left.
    private static var leftOversMax: Int { 16 }

    /// Performs changes of which each must succeed; rules and addresses that are there already count as success.
    private func finish(_ changes: [KernelChange], sandboxNetns: Int32?) throws(KernelError) {
        guard !changes.isEmpty else { return }
        for (change, outcome) in zip(changes, try perform(changes, sandboxNetns: sandboxNetns)) {
            guard let errno = outcome else { continue }
            switch (change, errno) {
            case (.create(.rule), .exists), (.create(.address), .exists): continue
            case (.delete, let errno) where errno.meansAbsent: continue
            default: throw KernelError("\(change)", errno)
            }
        }
    }

    /// Removes every object; one that is absent counts as removed.
    ///
    /// - Returns: What could not be removed, empty when all is gone. Every object is tried.
    public func remove(_ objects: [KernelObject]) throws(KernelError) -> [KernelError] {
        let outcomes = try perform(objects.map(KernelChange.delete), sandboxNetns: nil)
        return zip(objects, outcomes).compactMap { object, outcome in
            guard let errno = outcome, !errno.meansAbsent else { return nil }
            return KernelError("remove \(object)", errno)
        }
    }
}

extension KernelErrno {
    /// Whether a delete that answers this found nothing to delete.
    public var meansAbsent: Bool {
        [.noSuchEntry, .noSuchObject, .noSuchDevice, .noSuchDeviceOrAddress, .addressNotAvailable].contains(self)
    }
}

extension KernelNamespace {
    /// Returns which of the objects do not exist as described; links are not looked at, since they say more than how they
    /// were made. Dumps each kind that is asked about once.
    public func missing(_ objects: [KernelObject]) throws(KernelError) -> [KernelObject] {
        var present: Set<KernelObject> = []
        if objects.contains(where: { if case .address = $0 { true } else { false } }) {
            present.formUnion(try addresses().map(KernelObject.address))
        }
        if objects.contains(where: { if case .route = $0 { true } else { false } }) {
            present.formUnion(try routes().map(KernelObject.route))
        }
        if objects.contains(where: { if case .rule = $0 { true } else { false } }) {
            present.formUnion(try rules().map(KernelObject.rule))
        }
        if objects.contains(where: { if case .neighbour = $0 { true } else { false } }) {
            present.formUnion(try neighbours().map(KernelObject.neighbour))
        }
        return objects.filter { object in
            switch object {
            case .veth, .vlan: false
            case .address, .route, .rule, .neighbour: !present.contains(object)
            }
        }
    }
}
