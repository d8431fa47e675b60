import VPCModel

/// Which part of a describe's results is asked for.
struct ResultPage: Hashable, Sendable {
    /// Nil for all.
    private let size: Int?
    /// The name of the last result of the page before; nil on the first.
    private let after: String?

    /// Opaque to clients. It names the last result, so that what comes and goes meanwhile makes no result come twice.
    private static let tokenPrefix = "after:"

    /// - Parameter sizes: What EC2 takes for `MaxResults`.
    /// - Throws: `InvalidParameterValue`, and `InvalidParameterCombination` when results are named one by one.
    init(_ parameters: inout CallParameters, sizes: ClosedRange<Int> = 5...1000, namesResults: Bool) throws(VPCError) {
        size = try parameters.value("MaxResults") { Int($0).flatMap { sizes.contains($0) ? $0 : nil } }
        after = try parameters.value("NextToken") { $0.hasPrefix(Self.tokenPrefix) ? String($0.dropFirst(Self.tokenPrefix.count)) : nil }
        guard !namesResults || size == nil else {
            throw VPCError(.invalidParameterCombination, "The parameter MaxResults cannot be used with identifiers in the same request")
        }
    }

    /// Returns the list of the page's results, and the token of the next page where there is one.
    ///
    /// - Parameters:
    ///   - results: In the order of their names.
    ///   - name: Told apart by it, and sorted by it.
    func elements<Result>(
        _ list: String, _ results: [Result], name: (Result) -> String, _ describe: (Result) -> [XMLElement]
    ) -> [XMLElement] {
        let rest = results.drop { result in after.map { name(result) <= $0 } ?? false }
        let page = size.map { rest.prefix($0) } ?? rest
        let items = XMLElement.list(list, page.map(describe))
        guard let last = page.last, page.count < rest.count else { return [items] }
        return [items, XMLElement("nextToken", Self.tokenPrefix + name(last))]
    }
}
