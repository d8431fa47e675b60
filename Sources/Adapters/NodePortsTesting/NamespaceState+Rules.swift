import Addressing
import PodNetwork

// Rules and neighbours.
extension NamespaceState {
    mutating func add(_ rule: Rule) throws(KernelErrno) {
        guard !rules.contains(where: { $0.isTakenFor(rule) }) else { throw .exists }
        var rule = rule
        // A block that holds every address is none.
        if rule.source?.prefixLength == 0 { rule.source = nil }
        if rule.destination?.prefixLength == 0 { rule.destination = nil }
        let position = rules.firstIndex { $0.priority > rule.priority } ?? rules.endIndex
        rules.insert(rule, at: position)
    }

    mutating func delete(_ rule: Rule) throws(KernelErrno) {
        guard let position = rules.firstIndex(where: { $0.isMeant(by: rule) }) else { throw .noSuchEntry }
        rules.remove(at: position)
    }

    /// Linux refuses one that it has learnt besides, as a router does of whoever asks for one; here nothing is learnt.
    mutating func add(_ neighbour: Neighbour, replacing: Bool) throws(KernelErrno) {
        guard links[neighbour.device] != nil else { throw .noSuchDevice }
        if neighbour.address.family == .v6 {
            guard sysctls.knowsIPv6(on: neighbour.device), !sysctls.isIPv6Disabled(on: neighbour.device) else { throw .invalidArgument }
        }
        guard let position = position(of: neighbour) else { return neighbours.append(neighbour) }
        guard replacing else { throw .exists }
        neighbours[position] = neighbour
    }

    mutating func delete(_ neighbour: Neighbour) throws(KernelErrno) {
        guard links[neighbour.device] != nil else { throw .noSuchDevice }
        guard let position = position(of: neighbour) else { throw .noSuchEntry }
        neighbours.remove(at: position)
    }

    private func position(of neighbour: Neighbour) -> Int? {
        neighbours.firstIndex { $0.device == neighbour.device && $0.address == neighbour.address }
    }
}

extension Rule {
    /// Whether a request to add `request` is refused because of this rule (`rule_exists()`): blocks that the request does
    /// not give are not compared, everything else is.
    fileprivate func isTakenFor(_ request: Rule) -> Bool {
        family == request.family && table == request.table && priority == request.priority
            && inputDevice == request.inputDevice && mark == request.mark && origin == request.origin
            && hasBlocks(of: request)
    }

    /// Whether a request to delete `request` removes this rule (`rule_find()`): what the request does not give is not
    /// compared.
    fileprivate func isMeant(by request: Rule) -> Bool {
        guard family == request.family, priority == request.priority, hasBlocks(of: request) else { return false }
        if request.table.number != 0 && table != request.table { return false }
        if request.inputDevice != nil && inputDevice != request.inputDevice { return false }
        if request.origin.number != 0 && origin != request.origin { return false }
        guard let asked = request.mark else { return true }
        if asked.value != 0 && mark?.value != asked.value { return false }
        return asked.mask == 0 || mark?.mask == asked.mask
    }

    private func hasBlocks(of request: Rule) -> Bool {
        request.source.hasNoLength(or: source) && request.destination.hasNoLength(or: destination)
    }
}

extension CIDR? {
    /// Whether this block is none, or the whole space, or equal to `other`.
    fileprivate func hasNoLength(or other: CIDR?) -> Bool {
        guard let block = self, block.prefixLength > 0 else { return true }
        return block == other
    }
}
