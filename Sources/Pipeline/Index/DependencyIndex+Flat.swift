/// The index as bytes.
extension DependencyIndex {
  /// Everything but the facts.
  func put(into writer: inout FlatWriter) {
    gather()
    texts.put(into: &writer)
    writer.put(needs)
    requirers.put(into: &writer)
    builders.put(into: &writer)
    needsOfName.put(into: &writer)
    offerersOfName.put(into: &writer)
    writer.put(packages)
    offers.put(into: &writer)
    requires.put(into: &writer)
    writer.put(freePackages)
    writer.put(specs)
    packagesOfSpec.put(into: &writer)
    buildRequires.put(into: &writer)
    inputs.put(into: &writer)
    updates = 0
  }

  convenience init(matching: any DependencyMatching, from reader: inout FlatReader) throws(FlatError) {
    self.init(matching: matching)
    texts = try Interner(from: &reader)
    needs = try reader.take()
    requirers = try Lists(from: &reader)
    builders = try Lists(from: &reader)
    needsOfName = try Lists(from: &reader)
    offerersOfName = try Lists(from: &reader)
    packages = try reader.take()
    offers = try Lists(from: &reader)
    requires = try Lists(from: &reader)
    freePackages = try reader.take()
    specs = try reader.take()
    packagesOfSpec = try Lists(from: &reader)
    buildRequires = try Lists(from: &reader)
    inputs = try Lists(from: &reader)
    for (number, spec) in specs.enumerated() { specNumbers[spec.id] = Int32(number) }
  }

  private func gather() {
    requirers.gather()
    builders.gather()
    needsOfName.gather()
    offerersOfName.gather()
    offers.gather()
    requires.gather()
    packagesOfSpec.gather()
    buildRequires.gather()
    inputs.gather()
  }
}
