public import CNISpec

/// What was found out about one row.
public enum Verdict: Hashable, Sendable {
    case passed
    /// What was seen instead, one sentence for each fault.
    case failed([String])
    /// Why the row could not be judged.
    case notApplicable(String)

    /// The verdict on a row whose calls went as they should but for these faults.
    ///
    /// A fault that came many times is told once, and of many faults the first few.
    public init(faults: [String]) {
        guard !faults.isEmpty else {
            self = .passed
            return
        }
        let distinct = faults.reduce(into: [String]()) { if !$0.contains($1) { $0.append($1) } }
        let further = distinct.count - Self.faultsMax
        self = .failed(distinct.prefix(Self.faultsMax) + (further > 0 ? ["\(further) more like these"] : []))
    }

    private static let faultsMax = 4

    /// The word for tables and programs.
    public var word: String {
        switch self {
        case .passed: "pass"
        case .failed: "fail"
        case .notApplicable: "not applicable"
        }
    }

    /// Why it did not pass; nil when it did.
    public var reason: String? {
        switch self {
        case .passed: nil
        case .failed(let faults): faults.joined(separator: "; ")
        case .notApplicable(let reason): reason
        }
    }
}

/// The verdict on one row in one version of the specification.
public struct VersionVerdict: Hashable, Sendable {
    public let version: CNIVersion
    public let verdict: Verdict

    public init(_ version: CNIVersion, _ verdict: Verdict) {
        self.version = version
        self.verdict = verdict
    }
}

extension Verdict {
    /// One verdict on a row that was judged in several versions: a fault in any is a fault, and one pass is a pass.
    ///
    /// A fault that is the same in several versions is told once, with the versions in front where they are not all of them.
    ///
    /// - Precondition: `verdicts` is not empty.
    public init(combining verdicts: [VersionVerdict]) {
        precondition(!verdicts.isEmpty, "0 verdicts cannot be combined")
        var versionsOfFault: [(fault: String, versions: [String])] = []
        var isPassed = false
        var reasons: [String] = []
        for entry in verdicts {
            switch entry.verdict {
            case .passed: isPassed = true
            case .notApplicable(let reason): reasons.append(reason)
            case .failed(let faults):
                for fault in faults {
                    if let index = versionsOfFault.firstIndex(where: { $0.fault == fault }) {
                        versionsOfFault[index].versions.append(entry.version.rawValue)
                    } else {
                        versionsOfFault.append((fault, [entry.version.rawValue]))
                    }
                }
            }
        }
        if !versionsOfFault.isEmpty {
            self = .failed(
                versionsOfFault.map {
                    $0.versions.count == verdicts.count ? $0.fault : "\($0.versions.joined(separator: ", ")): \($0.fault)"
                })
        } else {
            self = isPassed ? .passed : .notApplicable(reasons.first ?? "")
        }
    }
}
