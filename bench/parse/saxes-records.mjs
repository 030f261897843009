// From trees of elements to records, as mm's are (docs/PARSE.md), by hand for what generated messages of version 3.8 and version 4 have: on those the
// lines are mm's, byte for byte.

const childrenOf = (element, name) => element?.children.filter((child) => child.name === name) ?? [];
const childOf = (element, name) => element?.children.find((child) => child.name === name);
/** Text at a path of names, null when there is none. */
function textAt(element, ...path) {
  let at = element;
  for (const name of path) at = childOf(at, name);
  return at?.text ?? null;
}
const textsOf = (element, name) => childrenOf(element, name).map(({ text }) => text);
const codeOf = (element) => element?.attributes.UserDefinedValue ?? element?.text ?? null;
const codeAt = (element, name) => codeOf(childOf(element, name));
const flagOf = (text) => (text === null ? null : text === "true" || text === "1");
const numberOf = (text) => (text === null ? null : Number(text));
/** A list that is written only where it has several. */
const ifMany = (key, list) => (list.length > 1 ? { [key]: list } : {});

function millisecondsOf(duration) {
  const parts = /^P(?:(\d+)D)?T?(?:(\d+)H)?(?:(\d+)M)?(?:([\d.]+)S)?$/.exec(duration ?? "");
  if (parts === null) return null;
  const [days, hours, minutes, seconds] = parts.slice(1).map((part) => Number(part ?? 0));
  return 1000 * (((days * 24 + hours) * 60 + minutes) * 60 + seconds);
}

const idOf = (element) => ({ ns: element.attributes.Namespace ?? null, value: element.text });
const partyIdOf = (element) => ({ type: element.name, ...idOf(element) });

/** Of what is given in several languages or for several territories. */
function variantOf({ attributes: { LanguageAndScriptCode = null, ApplicableTerritoryCode = null, IsDefault = null } }) {
  return { lang: LanguageAndScriptCode, territory: ApplicableTerritoryCode, default: flagOf(IsDefault) };
}
const isWorldwide = ({ territory, territories }) => territory === "Worldwide" || (territories?.includes("Worldwide") ?? false);
const defaultOf = (variants) => variants.find((each) => each.default) ?? variants.find(isWorldwide) ?? variants[0];

function titleOf(element) {
  return {
    text: textAt(element, "TitleText"),
    subTitle: textAt(element, "SubTitle"),
    type: element.attributes.TitleType ?? element.name,
    ...variantOf(element),
  };
}

function creditOf(element) {
  const reference = element.children.find(({ name }) => name.endsWith("PartyReference"));
  return {
    name: textAt(element, "PartyName", "FullName"),
    role: codeOf(element.children.find(({ name }) => name.endsWith("Role"))),
    seq: numberOf(element.attributes.SequenceNumber ?? null),
    partyRef: reference?.text ?? null,
    partyIds: childrenOf(element, "PartyId").map(partyIdOf),
  };
}

function lineOf(element, name) {
  const line = childOf(element, name);
  return line === undefined ? null : { year: textAt(line, "Year"), text: textAt(line, `${name}Text`) };
}

const creditsOf = (element, ...names) => names.flatMap((name) => childrenOf(element, name)).map(creditOf);

export function partyOf(element) {
  return {
    ref: textAt(element, "PartyReference"),
    name: textAt(element, "PartyName", "FullName"),
    ids: childrenOf(element, "PartyId").flatMap(({ children }) => children.map(partyIdOf)),
  };
}

/** Version 3 says in blocks what differs by territory; of version 4 the element itself is the block. */
function blocksOf(element, kind, isVersion3, mapped) {
  if (!isVersion3) return { block: element, details: [] };
  const blocks = childrenOf(element, `${kind}DetailsByTerritory`);
  const places = blocks.map((each) => ({ territories: textsOf(each, "TerritoryCode"), each }));
  return { block: defaultOf(places)?.each, details: blocks.length > 1 ? blocks.map(mapped) : [] };
}

function territoriesOf(block) {
  const titles = childrenOf(block, "Title").map(titleOf);
  return {
    territories: textsOf(block, "TerritoryCode"),
    excludedTerritories: textsOf(block, "ExcludedTerritoryCode"),
    title: defaultOf(titles)?.text ?? null,
    titles,
    displayArtist: textAt(block, "DisplayArtistName"),
    artists: creditsOf(block, "DisplayArtist"),
  };
}

function titlesOf(element, block, isVersion3) {
  const titles = childrenOf(block, isVersion3 ? "Title" : "DisplayTitle").map(titleOf);
  const chosen = isVersion3 ? titleOf(childOf(element, "ReferenceTitle") ?? { attributes: {}, children: [] }) : defaultOf(titles);
  return { title: chosen?.text ?? null, subTitle: chosen?.subTitle ?? null, ...ifMany("titles", titles) };
}

const CONTRIBUTORS = ["ResourceContributor", "IndirectResourceContributor", "Contributor"];

export function resourceOf(element, isVersion3) {
  return element.name === "Image" ? imageOf(element, isVersion3) : recordingOf(element, isVersion3);
}

function imageOf(element, isVersion3) {
  const block = isVersion3 ? childOf(element, "ImageDetailsByTerritory") : element;
  return {
    ref: textAt(element, "ResourceReference"),
    kind: element.name,
    type: codeAt(element, isVersion3 ? "ImageType" : "Type"),
    proprietary: childrenOf(childOf(element, isVersion3 ? "ImageId" : "ResourceId"), "ProprietaryId").map(idOf),
    ...titlesOf(element, block, isVersion3),
    parentalWarning: codeAt(block, "ParentalWarningType"),
    files: childrenOf(block, isVersion3 ? "TechnicalImageDetails" : "TechnicalDetails").map((technical) => ({
      ...fileOf(childOf(technical, "File")),
      codec: codeAt(technical, "ImageCodecType"),
      width: textAt(technical, "ImageWidth"),
      height: textAt(technical, "ImageHeight"),
      isPreview: flagOf(textAt(technical, "IsPreview") ?? textAt(technical, "IsClip")),
      clips: [],
    })),
  };
}

function recordingOf(element, isVersion3) {
  const soundFiles = (of, name) => childrenOf(of, name).flatMap(soundFilesOf);
  const { block, details } = blocksOf(element, "SoundRecording", isVersion3, (each) => ({
    ...territoriesOf(each),
    contributors: creditsOf(each, ...CONTRIBUTORS),
    label: textAt(each, "LabelName"),
    parentalWarning: codeAt(each, "ParentalWarningType"),
    pLine: lineOf(each, "PLine"),
    files: soundFiles(each, "TechnicalSoundRecordingDetails"),
  }));
  const edition = childOf(element, "SoundRecordingEdition") ?? element;
  const ids = isVersion3 ? childOf(element, "SoundRecordingId") : childOf(edition, "ResourceId");
  const duration = textAt(element, "Duration");
  const warning = codeAt(block, "ParentalWarningType");
  return {
    ref: textAt(element, "ResourceReference"),
    type: codeAt(element, isVersion3 ? "SoundRecordingType" : "Type"),
    isrc: textAt(ids, "ISRC"),
    proprietary: childrenOf(ids, "ProprietaryId").map(idOf),
    ...titlesOf(element, block, isVersion3),
    versionType: codeAt(element, "VersionType"),
    displayArtist: textAt(block, "DisplayArtistName"),
    artists: creditsOf(block, "DisplayArtist"),
    contributors: creditsOf(block, ...CONTRIBUTORS),
    editionContributors: creditsOf(edition, "EditionContributor"),
    durationIso: duration,
    durationMs: millisecondsOf(duration),
    isInstrumental: flagOf(textAt(element, "IsInstrumental")),
    isBonus: flagOf(textAt(element, "IsBonusResource")),
    isHidden: flagOf(textAt(element, "IsHiddenResource")),
    explicit: warning === null ? null : warning.startsWith("Explicit"),
    parentalWarning: warning,
    pLine: lineOf(isVersion3 ? block : edition, "PLine"),
    language: textAt(element, "LanguageOfPerformance"),
    files: isVersion3 ? soundFiles(block, "TechnicalSoundRecordingDetails") : soundFiles(edition, "TechnicalDetails"),
    ...ifMany("territoryDetails", details),
  };
}

function fileOf(file) {
  const sum = childOf(file, "HashSum");
  return {
    uri: textAt(file, "URI") ?? textAt(file, "URL"),
    path: textAt(file, "FilePath"),
    name: textAt(file, "FileName"),
    hash: textAt(sum, "HashSumValue") ?? textAt(sum, "HashSum"),
    hashType: codeAt(sum, "Algorithm") ?? codeAt(sum, "HashSumAlgorithmType"),
    size: textAt(file, "FileSize"),
  };
}

/** Version 4.3 has a delivery around each file. */
function soundFilesOf(technical) {
  const deliveries = childrenOf(technical, "DeliveryFile");
  return (deliveries.length > 0 ? deliveries : [technical]).map((encoded) => ({
    ...fileOf(childOf(encoded, "File")),
    codec: codeAt(encoded, "AudioCodecType"),
    bitRate: textAt(encoded, "BitRate"),
    bitRateUnit: childOf(encoded, "BitRate")?.attributes.UnitOfMeasure ?? null,
    samplingRate: textAt(encoded, "SamplingRate"),
    samplingRateUnit: childOf(encoded, "SamplingRate")?.attributes.UnitOfMeasure ?? null,
    channels: numberOf(textAt(encoded, "NumberOfChannels")),
    bits: numberOf(textAt(encoded, "BitsPerSample")),
    isPreview: flagOf(textAt(technical, "IsPreview") ?? textAt(technical, "IsClip")),
    clips: [],
  }));
}

function genresOf(block) {
  const genres = childrenOf(block, "Genre").map((genre) => ({
    genre: textAt(genre, "GenreText"),
    subGenre: textAt(genre, "SubGenre"),
    ...variantOf(genre),
  }));
  return { genre: defaultOf(genres)?.genre ?? null, subGenre: defaultOf(genres)?.subGenre ?? null, genres };
}

function datesOf(block) {
  return { releaseDate: textAt(block, "ReleaseDate"), originalReleaseDate: textAt(block, "OriginalReleaseDate") };
}

export function releaseOf(element, isVersion3) {
  const { block, details } = blocksOf(element, "Release", isVersion3, (each) => {
    const { genres, ...genre } = genresOf(each);
    return {
      ...territoriesOf(each),
      label: textAt(each, "LabelName"),
      ...genre,
      ...ifMany("genres", genres),
      ...datesOf(each),
      parentalWarning: codeAt(each, "ParentalWarningType"),
      pLine: lineOf(each, "PLine"),
      cLine: lineOf(each, "CLine"),
    };
  });
  const ids = childOf(element, "ReleaseId");
  const catalogNumber = childOf(ids, "CatalogNumber");
  const { releaseDate, originalReleaseDate } = datesOf(block);
  return {
    ref: textAt(element, "ReleaseReference"),
    kind: element.name,
    isMain: flagOf(element.attributes.IsMainRelease ?? null),
    releaseTypes: childrenOf(element, "ReleaseType").map(codeOf),
    ids: {
      grid: textAt(ids, "GRid"),
      icpn: textAt(ids, "ICPN"),
      isrc: textAt(ids, "ISRC"),
      catalogNumber: catalogNumber === undefined ? null : idOf(catalogNumber),
      proprietary: childrenOf(ids, "ProprietaryId").map(idOf),
    },
    ...titlesOf(element, block, isVersion3),
    additionalTitles: childrenOf(element, "AdditionalTitle").map(titleOf),
    displayArtist: textAt(block, "DisplayArtistName"),
    artists: creditsOf(block, "DisplayArtist"),
    label: textAt(block, "LabelName"),
    labelRef: textAt(element, "ReleaseLabelReference"),
    ...genresOf(block),
    releaseDate: releaseDate ?? textAt(element, "GlobalReleaseDate"),
    originalReleaseDate: originalReleaseDate ?? textAt(element, "GlobalOriginalReleaseDate"),
    parentalWarning: codeAt(block, "ParentalWarningType"),
    pLine: lineOf(element, "PLine"),
    cLine: lineOf(element, "CLine"),
    durationMs: millisecondsOf(textAt(element, "Duration")),
    ...ifMany("territoryDetails", details),
    items: itemsOf(element, block),
  };
}

/** References of a release with disc and place, from its groups; of one without groups its references alone. */
function itemsOf(element, block) {
  const groups = childrenOf(block, "ResourceGroup");
  const inner = groups.length === 1 ? childrenOf(groups[0], "ResourceGroup") : [];
  const components = inner.length > 0 ? inner : groups;
  const [items, linked] = [[], []];
  const walk = (group, disc) => {
    for (const child of group.children) {
      if (child.name === "ResourceGroup") walk(child, disc);
      else if (child.name === "LinkedReleaseResourceReference") linked.push({ seq: null, disc: null, ref: child.text });
      else if (child.name === "ResourceGroupContentItem") {
        const isBonus = flagOf(textAt(child, "IsBonusResource"));
        items.push({ seq: numberOf(textAt(child, "SequenceNumber")), disc, ref: textAt(child, "ReleaseResourceReference"), isBonus });
      }
    }
  };
  for (const [at, component] of components.entries()) walk(component, numberOf(textAt(component, "SequenceNumber")) ?? at + 1);
  if (inner.length > 0) walk({ children: groups[0].children.filter(({ name }) => name !== "ResourceGroup") }, null);
  const own = childrenOf(element, "ReleaseResourceReference").map(({ text }) => ({ seq: null, disc: null, ref: text }));
  return [...items, ...linked, ...(items.length === 0 ? own : [])];
}

export function dealsOf(element) {
  return { references: textsOf(element, "DealReleaseReference"), deals: childrenOf(element, "Deal").map(dealOf) };
}

function dealOf(deal) {
  const terms = childOf(deal, "DealTerms");
  const period = childOf(terms, "ValidityPeriod");
  return {
    ref: textAt(deal, "DealReference"),
    commercialModels: childrenOf(terms, "CommercialModelType").map(codeOf),
    useTypes: [terms, ...childrenOf(terms, "Usage")].flatMap((each) => childrenOf(each, "UseType")).map(codeOf),
    territories: textsOf(terms, "TerritoryCode"),
    excludedTerritories: textsOf(terms, "ExcludedTerritoryCode"),
    start: textAt(period, "StartDate") ?? textAt(period, "StartDateTime"),
    end: textAt(period, "EndDate") ?? textAt(period, "EndDateTime"),
    prices: childrenOf(terms, "PriceInformation").map(priceOf),
    takeDown: flagOf(textAt(terms, "TakeDown")),
    allDealsCancelled: flagOf(textAt(terms, "AllDealsCancelled")),
    preOrder: flagOf(textAt(terms, "IsPreOrderDeal")),
    channels: creditsOf(terms, "DistributionChannel"),
    excludedChannels: creditsOf(terms, "ExcludedDistributionChannel"),
  };
}

function priceOf(price) {
  const amount = childOf(price, "WholesalePricePerUnit");
  return {
    type: price.attributes.PriceType ?? null,
    code: textAt(price, "PriceCode") ?? textAt(price, "PriceType"),
    amount: amount?.text ?? null,
    currency: amount?.attributes.CurrencyCode ?? null,
    amountType: amount?.name ?? null,
  };
}
