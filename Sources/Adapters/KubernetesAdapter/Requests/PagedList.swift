import JSON

/// A list that is asked for page by page, as a value.
struct PagedList<R: Resource> {
    private let selection: Selection
    private let limits: RequestLimits
    private var items: [R] = []
    private var token: String?
    private var resourceVersion: String?
    private var isComplete = false
    private var beginnings = 1

    /// A server that forgets faster than it answers is not asked for ever.
    private static var beginningsMax: Int { 4 }

    init(_ selection: Selection, _ limits: RequestLimits) {
        self.selection = selection
        self.limits = limits
    }

    /// The request for the next page; nil when all have come.
    ///
    /// Without a `resourceVersion` the answer is what is true now, and not what a server remembers.
    var next: APIRequest? {
        guard !isComplete else { return nil }
        var request = APIRequest(verb: .list, kind: R.kind, namespace: selection.namespace)
        request.query = selection.query + [("limit", "\(limits.pageObjects)")]
        if let token { request.query.append(("continue", token)) }
        return request
    }

    /// Every object, once ``next`` is nil.
    var whole: ResourceList<R> { ResourceList(items: items, resourceVersion: resourceVersion ?? "") }

    mutating func take(_ page: JSONValue, _ request: APIRequest) throws(KubernetesFailure) {
        func unreadable(_ problem: String) -> KubernetesFailure {
            KubernetesFailure(.unreadable, status: 200, message: problem, request: "\(request)")
        }
        guard let version = page["metadata"]?["resourceVersion"]?.string, !version.isEmpty else {
            throw unreadable("the answer is no list with a resourceVersion")
        }
        // A list of nothing has null for its items, from some servers.
        for item in page["items"]?.array ?? [] {
            guard let object = item.object else { throw unreadable("the list holds what is no object") }
            items.append(R(object.withoutManagedFields))
        }
        guard items.count <= limits.listObjects else { throw unreadable("the list has more than \(limits.listObjects) objects") }
        resourceVersion = version
        token = page["metadata"]?["continue"]?.string.flatMap { $0.isEmpty ? nil : $0 }
        isComplete = token == nil
    }

    /// Begins anew when the server has forgotten the first page's moment.
    mutating func failed(_ failure: KubernetesFailure) throws(KubernetesFailure) {
        guard failure.kind == .gone, token != nil, beginnings < Self.beginningsMax else { throw failure }
        beginnings += 1
        (items, token, resourceVersion) = ([], nil, nil)
    }
}

extension Selection {
    var query: [(name: String, value: String)] {
        var query: [(name: String, value: String)] = []
        if let fieldSelector { query.append(("fieldSelector", fieldSelector)) }
        if let labelSelector { query.append(("labelSelector", labelSelector)) }
        return query
    }
}

extension JSONObject {
    /// Without the server's own notes of who set which field. A server takes an object without them for one whose notes stay as they are.
    var withoutManagedFields: JSONObject {
        var object = self
        guard var metadata = object["metadata"]?.object, metadata["managedFields"] != nil else { return object }
        metadata["managedFields"] = nil
        object["metadata"] = .object(metadata)
        return object
    }
}
