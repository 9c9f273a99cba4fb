/// What rpm found in the files of published packages, and no spec says: by name of the binary package.
package struct PublishedFacts: Hashable, Sendable {
  package struct Package: Hashable, Sendable {
    package var evr: EVR
    /// Those that somebody was known to need when this was asked.
    package var provides: [Dependency]
    package var requires: [Dependency]
    package init(evr: EVR, provides: [Dependency], requires: [Dependency]) {
      self.evr = evr
      self.provides = provides
      self.requires = requires
    }
  }
  package var packages: [String: Package]
  /// Names of packages that were asked about, published or not.
  package var askedPackages: Set<String>
  /// Names of capabilities that were asked about.
  package var asked: Set<String>
  package init(packages: [String: Package] = [:], askedPackages: Set<String> = [], asked: Set<String> = []) {
    self.packages = packages
    self.askedPackages = askedPackages
    self.asked = asked
  }
}

extension PublishedFacts: Packed {
  package func pack(into writer: inout PackedWriter) {
    writer.put(UInt(packages.count))
    for (name, package) in packages.sorted(by: { $0.key < $1.key }) {
      writer.put(name)
      package.evr.pack(into: &writer)
      writer.put(package.provides)
      writer.put(package.requires)
    }
    writer.put(askedPackages.sorted())
    writer.put(asked.sorted())
  }

  package init(unpacking reader: inout PackedReader) throws(PackedError) {
    self.init()
    for _ in 0..<(try reader.count()) {
      packages[try reader.text()] = Package(
        evr: try EVR(unpacking: &reader), provides: try reader.values(), requires: try reader.values())
    }
    askedPackages = Set(try reader.texts())
    asked = Set(try reader.texts())
  }
}

extension Dependency {
  /// Found by rpm's generators in the built files, as far as the text tells.
  package var isGenerated: Bool {
    isRich || name.hasPrefix("/") || name.contains("(") || name.contains(".so")
  }

  /// `zlib` of `zlib(x86-64)`.
  package var bareName: String { String(name.prefix { $0 != "(" }) }

  /// What names the package's own version names the new one.
  package func following(from old: EVR, to new: EVR) -> Dependency {
    guard op == "=" else { return self }
    let version: String
    if evr == old.description {
      version = new.description
    } else if evr == old.version {
      version = new.version
    } else {
      return self
    }
    return Dependency(text: "\(name) = \(version)", name: name, op: op, evr: version)
  }
}
