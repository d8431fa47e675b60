import AWSClient
package import Addressing

extension EC2Call where Answer == NetworkInterfacesAnswer {
    /// - Parameter pageSize: 5 to 1000; EC2 refuses it beside identifiers.
    package static func describeNetworkInterfaces(
        _ ids: [ENIID] = [], filters: [EC2Filter] = [], pageSize: Int? = nil
    ) -> EC2Call {
        EC2Call(.describeNetworkInterfaces, isRepeatable: true) {
            $0.add("NetworkInterfaceId", each: ids)
            $0.add(filters)
            $0.add("MaxResults", pageSize)
        }
    }
}

extension EC2Call where Answer == InstancesAnswer {
    /// - Parameter pageSize: 5 to 1000; EC2 refuses it beside identifiers.
    package static func describeInstances(
        _ ids: [InstanceID] = [], filters: [EC2Filter] = [], pageSize: Int? = nil
    ) -> EC2Call {
        EC2Call(.describeInstances, isRepeatable: true) {
            $0.add("InstanceId", each: ids)
            $0.add(filters)
            $0.add("MaxResults", pageSize)
        }
    }
}

extension EC2Call where Answer == InstanceTypesAnswer {
    /// - Parameter pageSize: 5 to 100.
    package static func describeInstanceTypes(_ names: [String] = [], pageSize: Int? = nil) -> EC2Call {
        EC2Call(.describeInstanceTypes, isRepeatable: true) {
            $0.add("InstanceType", each: names)
            $0.add("MaxResults", pageSize)
        }
    }
}

extension EC2Call where Answer == SubnetsAnswer {
    package static func describeSubnets(
        _ ids: [SubnetID] = [], filters: [EC2Filter] = [], pageSize: Int? = nil
    ) -> EC2Call {
        EC2Call(.describeSubnets, isRepeatable: true) {
            $0.add("SubnetId", each: ids)
            $0.add(filters)
            $0.add("MaxResults", pageSize)
        }
    }
}

extension EC2Call where Answer: EC2Page {
    /// The call for the page that begins at `token`.
    package func page(at token: String) -> EC2Call {
        var call = self
        call.parameters.set("NextToken", token)
        return call
    }
}

extension QueryParameters {
    mutating func add(_ filters: [EC2Filter]) {
        for (index, filter) in filters.enumerated() {
            add("Filter.\(index + 1).Name", filter.name)
            add("Filter.\(index + 1).Value", each: filter.values)
        }
    }
}
