//! From what is wrong with a certificate to the error that a user sees.

use crate::Error;
use syndic_x509::{Error as ChainError, Refusal};

impl<T> From<ChainError> for Error<T> {
	fn from(error: ChainError) -> Self {
		match error {
			ChainError::EmptyChain => Self::EmptyChain,
			ChainError::ChainTooLong { .. } => Self::ChainTooLong,
			ChainError::Certificate { refusal, .. } => refusal.into(),
		}
	}
}

impl<T> From<Refusal> for Error<T> {
	fn from(refusal: Refusal) -> Self {
		match refusal {
			Refusal::TooLarge { .. } => Self::CertificateTooLarge,
			Refusal::TrailingBytes { .. } => Self::TrailingBytes,
			Refusal::Malformed { .. } => Self::MalformedCertificate,
			Refusal::Version { .. } => Self::CertificateVersion,
			Refusal::SerialNotPositive => Self::SerialNotPositive,
			Refusal::SerialTooLong { .. } => Self::SerialTooLong,
			Refusal::SignatureAlgorithm(_) => Self::SignatureAlgorithm,
			Refusal::KeyAlgorithm(_) => Self::KeyAlgorithm,
			Refusal::Curve(_) => Self::Curve,
			Refusal::Parameters(_) => Self::AlgorithmParameters,
			Refusal::AlgorithmMismatch { .. } => Self::AlgorithmMismatch,
			Refusal::KeyEncoding => Self::KeyEncoding,
			Refusal::WeakKey => Self::WeakKey,
			Refusal::NameTooLong { .. } => Self::NameTooLong,
			Refusal::EmptyName { .. } => Self::EmptyName,
			Refusal::CommonNames { .. } => Self::CommonNames,
			Refusal::CommonNameForm(_) => Self::CommonNameForm,
			Refusal::CommonNameLength { .. } => Self::CommonNameLength,
			Refusal::CommonNameCharacter(_) => Self::CommonNameCharacter,
			Refusal::TooManyUnits { .. } => Self::TooManyUnits,
			Refusal::UnitForm(_) => Self::UnitForm,
			Refusal::UnitLength { .. } => Self::UnitLength,
			Refusal::TimeForm { .. } => Self::TimeForm,
			Refusal::ValidityReversed { .. } => Self::ValidityReversed,
			Refusal::NotYetValid { .. } => Self::CertificateNotYetValid,
			Refusal::Expired { .. } => Self::CertificateExpired,
			Refusal::UniqueId => Self::UniqueId,
			Refusal::TooManyExtensions => Self::TooManyExtensions,
			Refusal::DuplicateExtension(_) => Self::DuplicateExtension,
			Refusal::UnknownCritical(_) => Self::UnknownCriticalExtension,
			Refusal::Constraint(_) => Self::ConstraintNotImplemented,
			Refusal::MissingKeyUsage => Self::MissingKeyUsage,
			Refusal::LacksKeyUsage { .. } => Self::LacksKeyUsage,
			Refusal::Purpose(_) => Self::ExtendedKeyUsage,
			Refusal::CertSignWithoutCa => Self::CertSignWithoutCa,
			Refusal::PathLengthWithoutCa => Self::PathLengthWithoutCa,
			Refusal::KeyIdLength { .. } => Self::KeyIdLength,
			Refusal::MissingBasicConstraints => Self::MissingBasicConstraints,
			Refusal::NotCa => Self::NotCa,
			Refusal::LeafIsCa => Self::LeafIsCa,
			Refusal::PathTooLong { .. } => Self::PathTooLong,
			Refusal::NotSelfIssued => Self::NotSelfIssued,
			Refusal::SelfIssued => Self::SelfIssued,
			Refusal::RootInChain => Self::RootInChain,
			Refusal::WrongIssuer => Self::WrongIssuer,
			Refusal::UnknownIssuer => Self::UnknownIssuer,
			Refusal::AuthorityKeyId => Self::AuthorityKeyId,
			Refusal::IssuerAlgorithm { .. } => Self::IssuerAlgorithm,
			Refusal::SignatureEncoding => Self::SignatureEncoding,
			Refusal::BadSignature => Self::BadSignature,
			Refusal::RepeatedCertificate { .. } => Self::RepeatedCertificate,
			Refusal::RepeatedKey { .. } => Self::RepeatedKey,
			Refusal::Revoked(_) => Self::CertificateRevoked,
		}
	}
}
