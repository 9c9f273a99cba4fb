import AzureLinux

/// Where a change ends on its way to a spec whose build root holds nothing that is built here.
package enum Stops {
  /// - Parameters:
  ///   - path: from a changed spec.
  ///   - base: names of the source packages in the base of every build root.
  package static func withoutLocal(_ path: [AffectedReport.Edge], base: Set<String>) -> String {
    // the spec before it that would have to be built again
    if let maker = path.dropLast().last(where: { $0.edge == "build_requires" })?.to {
      return "\(maker) is unchanged: only if it comes out differently when it is built does this go on"
    }
    if let first = path.first?.from, base.contains(first) {
      return
        "\(first) is in the base of every build root, which keeps what is published: the change stops here"
    }
    return "its build root holds nothing that is built here: the change stops here"
  }
}
