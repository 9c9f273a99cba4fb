/// The compact form of a parsed spec. Its texts are those that `SpecInfo` has; what can be put together again is
/// left out.
extension SpecInfo: Packed {
  package func pack(into writer: inout PackedWriter) {
    writer.put(id)
    writer.put(path)
    writer.put(UInt(Status.allCases.firstIndex(of: status)!))
    writer.put(source.map { [$0] } ?? [])
    writer.put(packages)
    writer.put(buildRequires)
    writer.put(checkRequires)
    writer.put(sources)
    writer.put(patches)
    writer.put(inputs)
    writer.put(looksAround)
    writer.put(reads)
    writer.put(findings)
    writer.put(hasCheck)
  }

  package init(unpacking reader: inout PackedReader) throws(PackedError) {
    let id = try reader.text()
    let path = try reader.text()
    let status = try reader.number()
    guard status < UInt(Status.allCases.count) else { throw .damaged }
    self.init(id: id, path: path, status: Status.allCases[Int(status)])
    source = try reader.values(SourcePackage.self).first
    packages = try reader.values()
    buildRequires = try reader.values()
    checkRequires = try reader.values()
    sources = try reader.values()
    patches = try reader.texts()
    inputs = try reader.texts()
    looksAround = try reader.flag()
    reads = try reader.texts()
    findings = try reader.values()
    hasCheck = try reader.flag()
  }
}

extension EVR: Packed {
  package func pack(into writer: inout PackedWriter) {
    writer.put(epoch)
    writer.put(version)
    writer.put(release)
  }
  package init(unpacking reader: inout PackedReader) throws(PackedError) {
    self.init(epoch: try reader.optionalNumber(), version: try reader.text(), release: try reader.text())
  }
}

extension SourcePackage: Packed {
  package func pack(into writer: inout PackedWriter) {
    writer.put(name)
    evr.pack(into: &writer)
    writer.put(srpm)
  }
  package init(unpacking reader: inout PackedReader) throws(PackedError) {
    self.init(name: try reader.text(), evr: try EVR(unpacking: &reader), srpm: try reader.text())
  }
}

extension BinaryPackage: Packed {
  package func pack(into writer: inout PackedWriter) {
    writer.put(nevra.name)
    nevra.evr.pack(into: &writer)
    writer.put(nevra.arch)
    writer.put(provides)
    writer.put(requires)
  }
  package init(unpacking reader: inout PackedReader) throws(PackedError) {
    self.init(
      nevra: NEVRA(name: try reader.text(), evr: try EVR(unpacking: &reader), arch: try reader.text()),
      provides: try reader.values(), requires: try reader.values())
  }
}

/// A rich dependency has its text in the place of the name and no operator.
extension Dependency: Packed {
  package func pack(into writer: inout PackedWriter) {
    writer.put(isRich ? text : name)
    writer.put(op)
    if !op.isEmpty { writer.put(evr) }
    writer.put(line)
  }
  package init(unpacking reader: inout PackedReader) throws(PackedError) {
    let name = try reader.text()
    let op = try reader.text()
    let evr = op.isEmpty ? "" : try reader.text()
    let line = try reader.optionalNumber()
    self.init(
      text: op.isEmpty ? name : "\(name) \(op) \(evr)", name: name.hasPrefix("(") ? "" : name, op: op,
      evr: evr, line: line)
  }
}

extension SourceFile: Packed {
  package func pack(into writer: inout PackedWriter) {
    writer.put(file)
    writer.put(url)
  }
  package init(unpacking reader: inout PackedReader) throws(PackedError) {
    self.init(file: try reader.text(), url: try reader.text())
  }
}

extension SpecFinding: Packed {
  package func pack(into writer: inout PackedWriter) {
    writer.put(rule)
    writer.put(file)
    writer.put(line)
    writer.put(message)
  }
  package init(unpacking reader: inout PackedReader) throws(PackedError) {
    self.init(
      rule: try reader.text(), file: try reader.text(), line: try reader.optionalNumber() ?? 0,
      message: try reader.text())
  }
}
