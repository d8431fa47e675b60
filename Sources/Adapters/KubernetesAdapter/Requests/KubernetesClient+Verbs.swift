public import JSON

extension KubernetesClient {
    /// Returns an object.
    public func get<R: Resource>(_: R.Type, _ name: String, namespace: String? = nil) async throws(KubernetesFailure) -> R {
        try await object(APIRequest(verb: .get, kind: R.kind, namespace: namespace, name: name))
    }

    /// Returns every object of a selection as it was at one moment.
    ///
    /// The list is asked for page by page. Where the server has forgotten the moment of the first page before the last was asked for, it
    /// begins anew. What the server keeps for itself, `managedFields`, is left out: it is the half of most objects.
    public func list<R: Resource>(_: R.Type, _ selection: Selection = .all) async throws(KubernetesFailure) -> ResourceList<R> {
        var list = PagedList<R>(selection, limits)
        while let request = list.next {
            do throws(KubernetesFailure) {
                try list.take(try await answer(request), request)
            } catch {
                try list.failed(error)
            }
        }
        return list.whole
    }

    /// Creates an object and returns it as the server keeps it. `metadata.generateName` in place of a name has the server choose one.
    public func create<R: Resource>(_ resource: R) async throws(KubernetesFailure) -> R {
        try await object(
            APIRequest(
                verb: .create, kind: R.kind, namespace: resource.namespace, contentType: "application/json",
                body: JSONValue.object(resource.object).bytes))
    }

    /// Replaces an object. With a `resourceVersion` only when nobody has changed it since: otherwise it is a ``KubernetesFailure`` of the
    /// kind conflict.
    public func update<R: Resource>(_ resource: R) async throws(KubernetesFailure) -> R {
        try await object(
            APIRequest(
                verb: .update, kind: R.kind, namespace: resource.namespace, name: resource.name, contentType: "application/json",
                body: JSONValue.object(resource.object).bytes))
    }

    /// Changes a part of an object, or of its subresource such as `status`, and returns it whole.
    public func patch<R: Resource>(
        _: R.Type, _ name: String, namespace: String? = nil, subresource: String? = nil, _ patch: JSONValue, as kind: PatchKind
    ) async throws(KubernetesFailure) -> R {
        try await object(
            APIRequest(
                verb: .patch, kind: R.kind, namespace: namespace, name: name, subresource: subresource, contentType: kind.rawValue,
                body: patch.bytes))
    }

    /// Deletes an object, which may last until its finalizers have ended.
    ///
    /// - Parameter uid: Deletes it only when it is still the one with this UID.
    public func delete<R: Resource>(
        _: R.Type, _ name: String, namespace: String? = nil, uid: String? = nil
    ) async throws(KubernetesFailure) {
        var request = APIRequest(verb: .delete, kind: R.kind, namespace: namespace, name: name)
        if let uid {
            request.contentType = "application/json"
            request.body =
                JSONValue.object(["apiVersion": "v1", "kind": "DeleteOptions", "preconditions": ["uid": .string(uid)]]).bytes
        }
        _ = try await answer(request)
    }

    private func object<R: Resource>(_ request: APIRequest) async throws(KubernetesFailure) -> R {
        guard let object = try await answer(request).object else {
            throw KubernetesFailure(.unreadable, message: "the answer is no object", request: "\(request)")
        }
        return R(object)
    }
}
